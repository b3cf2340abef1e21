// The page's own words, in the language of the browser or the one that was chosen here.

const RU = {
  "Telegram on this machine": "Telegram на этом компьютере",
  "People": "Люди",
  "Add a person": "Добавить человека",
  "Faults": "Сбои",
  "Close": "Закрыть",
  "Cancel": "Отмена",
  "Add": "Добавить",
  "Name": "Имя",
  "Photo": "Фото",
  "Message": "Сообщение",
  "Send": "Отправить",
  "Menu": "Меню",
  "Commands": "Команды",
  "Start": "Старт",
  "assistant": "продавец",
  "manager": "управляющий",
  "Block the bot": "Заблокировать бота",
  "Unblock the bot": "Разблокировать бота",
  "edited": "изменено",
  "live": "на связи",
  "connecting…": "подключение…",
  "reconnecting…": "переподключение…",
  "stopped: reload the page": "остановлено: обновите страницу",
  "has blocked the bot": "бот заблокирован",
  "has not met the bot yet": "ещё не знает бота",
  "chats with {bot}": "чат с {bot}",
  "{bot} is typing…": "{bot} печатает…",
  "{bot} is sending a file…": "{bot} отправляет файл…",
  "{bot} cannot write here before you do.": "{bot} не может написать первым: начните вы.",
  "The simulator does not answer. Is it still running?": "Симулятор не отвечает. Он ещё запущен?",
  "{n} unread": "непрочитанных: {n}",
  "{n} B": "{n} Б",
  "{n} KB": "{n} КБ",
  "{n} MB": "{n} МБ",
  "Somebody new": "Новый человек",
  "A person whom the bot does not know yet, with a phone of their own.":
    "Кто-то, кого бот ещё не знает, со своим телефоном.",
  "Language of their Telegram": "Язык Telegram у этого человека",
  "Who opens this link?": "Кто откроет ссылку?",
  "Somebody new…": "Новый человек…",
  "What shall go wrong?": "Что сломать?",
  "Fault": "Сбой",
  "For whom": "У кого",
  "Method": "Метод",
  "Seconds": "Секунды",
  "Requests": "Запросы",
  "everybody": "у всех",
  "all but getUpdates": "все, кроме getUpdates",
  "429 Too Many Requests": "429: слишком много запросов",
  "500 Internal Server Error": "500: ошибка сервера",
  "The answer comes late": "Ответ приходит поздно",
  "Connection breaks, nothing done": "Обрыв связи, ничего не сделано",
  "Connection breaks, all done": "Обрыв связи, всё сделано",
  "The whole server is away": "Весь сервер недоступен",
  "The bot's token is revoked": "Токен бота отозван",
  "Let it go wrong": "Сломать",
  "Telegram's limits: 30 messages a second, one a second in each chat":
    "Лимиты Telegram: 30 сообщений в секунду, одно в секунду в каждый чат",
  "Going wrong now": "Сейчас сломано",
  "Nothing: everything works.": "Ничего: всё работает.",
  "End all of it": "Починить всё",
  "End": "Починить",
  "{n} s left": "ещё {n} с",
  "{n} s late": "на {n} с",
  "{n} to go": "осталось: {n}",
};

const LANGUAGES = {en: "English", ru: "Русский"};

function chosen() {
  try { return localStorage.getItem("language"); } catch { return null; }
}

const language = chosen() in LANGUAGES ? chosen() : navigator.language.startsWith("ru") ? "ru" : "en";

export const other = language === "ru" ? "en" : "ru";
export const otherName = LANGUAGES[other];

export function t(text, values = {}) {
  const words = language === "ru" ? RU[text] ?? text : text;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function change() {
  try { localStorage.setItem("language", other); } catch { /* then it is not remembered */ }
  location.reload();
}

// Puts words where the markup asks for them: data-t for the text, data-t-label for the accessible name.
export function translate(root) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) {
    const name = t(node.dataset.tLabel);
    node.setAttribute("aria-label", name);
    if (node.matches("button")) node.title = name;
    if (node.matches("input")) node.placeholder = name;
  }
}

export function applied() {
  document.documentElement.lang = language;
  translate(document);
}
