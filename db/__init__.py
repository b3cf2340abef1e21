"""The database: models, migrations, one module of queries per concern, and the outbox."""
