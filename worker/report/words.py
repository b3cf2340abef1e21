"""The words of a report, in English and Russian."""

from __future__ import annotations

from collections.abc import Callable

from amiko.config import Language

Words = Callable[..., str]
"""`words("decided at {at} s", at=1)`: the phrase in the report's language, filled in."""

RUSSIAN = {
    "General": "Общий отдел",
    "Visitor #{number}": "Посетитель #{number}",
    "Visitors: {count}": "Посетителей: {count}",
    "Timeline": "Шкала времени",
    "Places": "Места",
    "Where the faces were in the frame": "Где в кадре были лица",
    "Settings": "Настройки",
    "All clips": "Все записи",
    "Length": "Длина",
    "{seconds} s": "{seconds} с",
    "{at} s": "{at} с",
    "Frame": "Кадр",
    "{width} × {height} px": "{width} × {height} пикс.",
    "Analysed": "Разобрано",
    "{frames} frames, {fps} a second": "кадров: {frames}, по {fps} в секунду",
    "Camera": "Камера",
    "Zone": "Зона",
    "whole frame": "весь кадр",
    "{share} of the frame": "{share} кадра",
    "Masks": "Маски",
    "none": "нет",
    "Rotation": "Поворот",
    "Role": "Место",
    "entrance": "вход",
    "checkout": "касса",
    "Visitor": "Посетитель",
    "whoever is seen in the zone": "кто виден в зоне",
    "whoever comes nearer in the zone": "кто подходит ближе в зоне",
    "whoever crosses the line": "кто пересёк линию",
    "Weights": "Веса",
    "Computed by": "Вычислено на",
    "Detector": "Детектор",
    "{side} px, from {threshold}, faces from {face} px": "{side} пикс., от {threshold}, лица от {face} пикс.",
    "Good face": "Годное лицо",
    "quality from {quality}": "качество от {quality}",
    "Decides": "Решает",
    "when {good} good faces agree, at the latest {seconds} s after the first": "когда сойдутся {good} годных лица, "
    "самое позднее через {seconds} с после первого",
    "Pictures": "Снимки",
    "off": "выключены",
    "blurred": "лица размыты",
    "clear": "как есть",
    "in the zone": "в зоне",
    "outside it, or no visit": "вне её или без визита",
    "decided": "решено",
    "Nobody was seen in this clip.": "В этой записи никого не видно.",
    "Only faces outside the zone were seen, so that nobody counts as a visitor.": "Лица были только вне зоны: "
    "посетителем не считается никто.",
    "Faces were seen in the zone, but too briefly, unclearly or still to be a visitor, or not coming in as the "
    "camera's rule asks.": "Лица в зоне были, но никто не стал посетителем: видны слишком недолго или нечётко, "
    "неподвижны либо вошли не так, как задано для камеры.",
    "In view {start}–{end} s, faces: {faces}": "В кадре {start}–{end} с, лиц: {faces}",
    "Track {number}, {start}–{end} s": "Трек {number}, {start}–{end} с",
    "Decided at {at} s": "Решено на {at} с",
    "the good looks agree: ages within {years} years of each other, P(female) within {p}": "годные взгляды сошлись: "
    "возраст в пределах {years} лет, P(женщина) в пределах {p}",
    "the time was up: {seconds} s after the first good face": "вышло время: {seconds} с после первого годного лица",
    "the visitor left before enough good faces were seen": "посетитель ушёл раньше, чем набралось годных лиц",
    "too little was seen: none of {faces} faces was large, sharp and frontal": "видно слишком мало: среди лиц "
    "({faces}) нет ни одного крупного, резкого и анфас",
    "quality {quality}": "качество {quality}",
    "not read": "не прочитан",
    "Age": "Возраст",
    "{mean} years, 80 % between {low} and {high}": "{mean}, с вероятностью 80 % от {low} до {high}",
    "Gender": "Пол",
    "female": "женщина",
    "male": "мужчина",
    "unknown": "неясно",
    "P(female) {p}": "P(женщина) {p}",
    "told as unknown between {low} and {high}": "неясно от {low} до {high}",
    "Attire": "Одежда",
    "worn from the mark on; a dress is not told of a man": "надето начиная с отметки; о мужчине в платье не говорится",
    "formal": "деловая",
    "casual": "повседневная",
    "sport": "спортивная",
    "outerwear": "верхняя",
    "dress": "платье или юбка",
    "Department": "Отдел",
    "Ask for ID": "Спросить документ",
    "No document needed": "Документ не нужен",
    "under 18 with {p}": "младше 18 с вероятностью {p}",
    "age ×{factor}": "возраст ×{factor}",
    "gender ×{factor}": "пол ×{factor}",
    "attire ×{factor}": "одежда ×{factor}",
    "prior ×{factor}": "обычно ×{factor}",
    "Each department's share is its usual share times what age, gender and attire speak for it, averaged over the "
    "distributions above.": "Доля отдела: его обычная доля, умноженная на то, что говорят за него возраст, пол и "
    "одежда, в среднем по распределениям выше.",
    "This page stays until you delete it; pictures in it: {pictures}.": "Эта страница хранится, пока вы её не удалите; "
    "снимки в ней: {pictures}.",
    "Ended early": "Оборвалась",
}


def words_of(language: Language) -> Words:
    """The phrases in one language; English ones are their own keys."""

    def words(phrase: str, **values: object) -> str:
        text = RUSSIAN[phrase] if language == "ru" else phrase
        return text.format(**values)

    return words
