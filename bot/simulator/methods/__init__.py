"""The Bot API's methods, each a function of the state and the parameters; see core.telegram.org/bots/api."""
