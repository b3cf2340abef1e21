"""config.yaml as strict pydantic models: an unknown key or an impossible value is refused with its name."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from amiko.departments import DEFAULT_DEPARTMENTS
from routing.departments import Department

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(gt=0, le=100)]
Point = tuple[Fraction, Fraction]
Trait = Literal["formal", "casual", "sport", "outerwear", "dress"]
Language = Literal["ru", "en"]

WHOLE_FRAME: tuple[Point, ...] = ((0, 0), (1, 0), (1, 1), (0, 1))


class Section(BaseModel):
    """A part of config.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Store(Section):
    """The shop itself."""

    name: str = Field("Amiko", min_length=1, description="Shown to assistants.")
    timezone: str = Field("Europe/Moscow", description="IANA name; Telegram shows times in it.")
    language: Language = Field("ru", description="Language of people who have not chosen one.")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {name!r}; use an IANA name such as Europe/Moscow") from error
        return name


class DatabaseConfig(Section):
    """Where visits, staff and deliveries are kept."""

    url: str = Field(
        "sqlite+aiosqlite:///data/amiko.db",
        description="SQLAlchemy URL; a relative SQLite path starts at the folder of config.yaml.",
    )

    @field_validator("url")
    @classmethod
    def _async_driver(cls, url: str) -> str:
        if url.startswith("sqlite:///"):
            return "sqlite+aiosqlite" + url.removeprefix("sqlite")
        if not url.startswith("sqlite+aiosqlite:///") or url.endswith(("/", ":memory:")):
            raise ValueError("must look like sqlite+aiosqlite:///data/amiko.db")
        return url


def _crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the open segments a-b and c-d cross."""

    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def _polygon(corners: tuple[Point, ...], what: str) -> tuple[Point, ...]:
    """The corners, where they enclose something; `what` stands in the sentence that says what is wrong."""
    if len(corners) < 3:
        raise ValueError(f"{what} needs at least three corners, this one has {len(corners)}")
    sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
    area = sum(p[0] * q[1] - q[0] * p[1] for p, q in sides) / 2
    if any(_crosses(*a, *b) for i, a in enumerate(sides) for b in sides[i + 1 :]):
        raise ValueError(f"{what}'s sides cross each other: list its corners in order around the edge")
    if abs(area) < 1e-4:
        raise ValueError(f"{what} has no area: its corners lie on one line")
    return corners


class Camera(Section):
    """One camera."""

    name: str = Field(min_length=1, max_length=64, description="Shown on cards; unique.")
    role: Literal["entrance", "checkout"] = Field("entrance", description="What the camera looks at.")
    url: str | int = Field(
        description="RTSP or HTTP address, USB index, a video file, or a folder of them; ${NAME} in it is replaced by "
        "the environment variable NAME when the camera is opened."
    )
    fps: float | None = Field(None, gt=0, le=60, description="Frames analysed per second; worker.fps without it.")
    rotation: Literal[0, 90, 180, 270] = Field(0, description="Degrees, clockwise, by which its frames are turned.")
    zone: tuple[Point, ...] = Field(
        WHOLE_FRAME,
        description="Entrance zone: at least three corners [x, y] as fractions of the turned frame's width and height.",
    )
    entry: Literal["seen", "approach", "line"] = Field(
        "seen", description="Who has come in: a face in the zone, one that also comes nearer, or who crosses the line."
    )
    line: tuple[Point, Point] | None = Field(
        None,
        description="With entry: line, two points [x, y] like the zone's corners; who crosses it from left to right, "
        "as seen from the first point towards the second, has come in.",
    )
    masks: tuple[tuple[Point, ...], ...] = Field(
        (), description="Parts of the turned frame, given like the zone, that are blacked out before anything sees it."
    )

    @field_validator("url")
    @classmethod
    def _a_source(cls, url: str | int) -> str | int:
        if url == "" or (isinstance(url, int) and url < 0):
            raise ValueError("must be an address, a USB index from 0, a video file, or a folder of video files")
        if isinstance(url, str) and "${" in re.sub(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}", "", url):
            raise ValueError("an environment variable is written as ${NAME}, of letters, digits and _")
        return url

    @field_validator("zone")
    @classmethod
    def _a_polygon(cls, zone: tuple[Point, ...]) -> tuple[Point, ...]:
        return _polygon(zone, "the zone" if len(zone) >= 3 else "a zone")

    @model_validator(mode="after")
    def _a_line_where_needed(self) -> Camera:
        if self.entry == "line" and self.line is None:
            raise ValueError(
                f"camera {self.name}: entry: line needs a line, for example line: [[0.0, 0.6], [1.0, 0.6]], which is "
                "crossed downwards"
            )
        if self.entry != "line" and self.line is not None:
            raise ValueError(f"camera {self.name}: a line is only used with entry: line; add that, or remove the line")
        if self.line is not None and self.line[0] == self.line[1]:
            raise ValueError(f"camera {self.name}: the line's two points are the same; give it a length")
        return self

    @field_validator("masks")
    @classmethod
    def _polygons(cls, masks: tuple[tuple[Point, ...], ...]) -> tuple[tuple[Point, ...], ...]:
        return tuple(_polygon(mask, f"mask {number}") for number, mask in enumerate(masks, 1))


class VisionConfig(Section):
    """How faces are found and read."""

    backend: Literal["auto", "openvino", "pytorch"] = Field(
        "auto", description="auto: PyTorch where CUDA is there, otherwise OpenVINO."
    )
    weights: Literal["open", "research"] = Field(
        "open", description="Age and gender: open may be used by a shop; research is for non-commercial use only."
    )
    precision: Literal["f32", "bf16"] = Field(
        "bf16", description="Of the three networks with OpenVINO: bf16 is faster where the processor has it."
    )
    detector_long_side: int = Field(
        640, ge=128, le=4096, description="Longer side of the picture that the face detector sees (px)."
    )
    detector_threshold: float = Field(0.4, gt=0, lt=1, description="Least confidence of a face.")
    min_face: int = Field(16, ge=8, le=1000, description="Smallest useful face: width of its box in the frame (px).")
    gender_unknown: tuple[Fraction, Fraction] = Field(
        (0.35, 0.65), description="P(female) strictly between these is told as unknown."
    )

    @field_validator("gender_unknown")
    @classmethod
    def _ordered(cls, band: tuple[float, float]) -> tuple[float, float]:
        if not band[0] <= 0.5 <= band[1]:
            raise ValueError("must be [low, high] with low <= 0.5 <= high")
        return band


class WorkerConfig(Section):
    """How frames become visits."""

    fps: float = Field(8, gt=0, le=60, description="Frames analysed per second and camera.")
    stall_seconds: float = Field(
        10, ge=0.5, le=600, description="A camera without a frame for so long is killed and opened again (s)."
    )
    good_faces: int = Field(3, ge=1, le=50, description="Good faces that agree before an early decision.")
    best_faces: int = Field(5, ge=1, le=50, description="Best faces kept of one visitor for the networks.")
    min_quality: Fraction = Field(0.45, description="Least quality of a good face, 0 to 1.")
    decide_within: float = Field(1.5, gt=0, le=60, description="Latest decision after the first good face (s).")
    lost_after: float = Field(2.0, gt=0, le=60, description="A visitor unseen for so long has left (s).")
    min_seen: int = Field(3, ge=1, le=100, description="Frames a face must be seen in to be a visitor.")
    revisit_minutes: float = Field(
        30, ge=0, le=24 * 60, description="Staff who stay in view make one visit in so long (minutes)."
    )


class DepartmentConfig(Section):
    """One department: its names, how often it is wanted, and by whom."""

    key: Key
    names: dict[Language, str]
    prior: Weight = 1.0
    age: dict[str, Weight] = Field(
        default_factory=dict, description='Weight by age range, for example {"18-34": 1.5, "65+": 0.7}.'
    )
    gender: dict[Literal["female", "male"], Weight] = Field(default_factory=dict)
    attire: dict[Trait, Weight] = Field(default_factory=dict)

    @field_validator("names")
    @classmethod
    def _both_languages(cls, names: dict[str, str]) -> dict[str, str]:
        if missing := {"ru", "en"} - names.keys():
            raise ValueError(f"the name in {' and '.join(sorted(missing))} is missing")
        return names

    @field_validator("age")
    @classmethod
    def _ranges(cls, age: dict[str, float]) -> dict[str, float]:
        spans = sorted(parse_age_range(text) for text in age)
        for (_, high), (low, _) in pairwise(spans):
            if low <= high:
                raise ValueError(f"two age ranges overlap at {low}")
        return age


def parse_age_range(text: str) -> tuple[int, int]:
    """ "18-34" as (18, 34), "65+" as (65, 100).

    Raises:
        ValueError: the text is no such range.
    """
    parts = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", text)
    if parts is None:
        raise ValueError(f"{text!r} is no age range; write it as 18-34 or 65+")
    span = (int(parts[1]), int(parts[2] or 100))
    if not 0 <= span[0] <= span[1] <= 100:
        raise ValueError(f"{text!r} is no age range between 0 and 100")
    return span


class RoutingConfig(Section):
    """Which department a visitor most likely wants."""

    departments: tuple[DepartmentConfig, ...] = Field(
        default_factory=lambda: tuple(DepartmentConfig.model_validate(d) for d in DEFAULT_DEPARTMENTS),
        min_length=1,
    )

    @field_validator("departments")
    @classmethod
    def _unique(cls, departments: tuple[DepartmentConfig, ...]) -> tuple[DepartmentConfig, ...]:
        keys = [department.key for department in departments]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"the key {', '.join(sorted(twice))} stands twice")
        if "general" in keys:
            raise ValueError("the key general is kept for visitors of whom too little was seen")
        return departments

    def as_departments(self) -> tuple[Department, ...]:
        """The departments as routing takes them."""
        return tuple(
            Department(
                key=department.key,
                names=dict(department.names.items()),
                prior=department.prior,
                age=tuple((parse_age_range(span), weight) for span, weight in department.age.items()),
                gender=dict(department.gender.items()),
                attire=dict(department.attire.items()),
            )
            for department in self.departments
        )


class BotConfig(Section):
    """How assistants and managers are told."""

    offer: Literal["all", "turn"] = Field(
        "all", description="all: every waiting assistant at once; turn: one after the other, longest waiting first."
    )
    turn_seconds: float = Field(20, ge=1, le=3600, description="With turn: the next is asked after this (s).")
    escalate_after: float = Field(
        60, ge=1, le=86400, description="Managers get a visit that nobody has taken for so long (s)."
    )
    gone_after: float = Field(
        300, ge=1, le=86400, description="An open card is closed as missed so long after its visitor was last seen (s)."
    )
    remind_after: float = Field(
        900, ge=1, le=86400, description="Whoever took a visitor and never closed the card is reminded once (s)."
    )
    close_after: float = Field(
        1800, ge=1, le=172800, description="A visit taken so long ago and never closed ends as unknown (s)."
    )
    after_outcome: Literal["waiting", "busy"] = Field(
        "waiting", description="Status of an assistant who has closed a card."
    )
    max_age: float = Field(
        300, gt=0, description="A visit older than this when it could be told is only told of in a summary (s)."
    )
    invite_hours: float = Field(24, gt=0, le=24 * 30, description="An invitation ends after this (h).")
    camera_silent: float = Field(
        60, ge=5, le=86400, description="Managers are told of a camera without a frame for so long (s)."
    )

    @model_validator(mode="after")
    def _in_order(self) -> BotConfig:
        if self.close_after <= self.remind_after:
            raise ValueError("close_after must be longer than remind_after")
        return self


class WebhookConfig(Section):
    """Where Telegram delivers updates, instead of being asked for them."""

    url: str = Field(description="Public https address that Telegram calls.")
    listen: str = Field("127.0.0.1", description="Address the bot listens on.")
    port: int = Field(8443, ge=1, le=65535)
    secret: SecretStr = Field(description="Only from the environment: AMIKO_TELEGRAM__WEBHOOK__SECRET.")

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// for a server on this machine)")
        return url

    @field_validator("secret")
    @classmethod
    def _as_telegram_wants(cls, secret: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
            raise ValueError("must be 16 to 256 letters, digits, _ and -")
        return secret


class TelegramConfig(Section):
    """The Bot API."""

    token: SecretStr | None = Field(
        None, description="Bot token from @BotFather; only from the environment: AMIKO_TELEGRAM__TOKEN."
    )
    base_url: str = Field("https://api.telegram.org/bot", description="Bot API address, the token follows it.")
    base_file_url: str = Field("https://api.telegram.org/file/bot", description="The same for files.")
    webhook: WebhookConfig | None = Field(None, description="Without it the bot asks for updates (long polling).")

    @field_validator("base_url", "base_file_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// for a server on this machine)")
        return url


class CheckoutConfig(Section):
    """The age check at cameras whose role is checkout."""

    miss_rate: float = Field(
        0.05,
        ge=0.01,
        le=0.5,
        description="Share of the customers aged 13 to 17 who may go unasked; a smaller one has more adults asked.",
    )


class PrivacyConfig(Section):
    """What is kept of visitors, and for how long."""

    snapshots: Literal["off", "blurred", "clear"] = Field("blurred", description="The picture on a card.")
    snapshot_hours: float = Field(24, gt=0, le=24 * 365, description="Snapshots older than this are deleted (h).")
    visit_days: float = Field(365, ge=1, le=36500, description="Visits older than this are deleted (days).")


class LogConfig(Section):
    """What is logged, to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"


class Config(BaseSettings):
    """Everything a store can set. Environment variables win over the file: AMIKO_TELEGRAM__BASE_URL and so on."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix="AMIKO_",
        env_nested_delimiter="__",
        title="Amiko configuration",
    )

    store: Store = Store()
    database: DatabaseConfig = DatabaseConfig()
    cameras: tuple[Camera, ...] = ()
    vision: VisionConfig = VisionConfig()
    worker: WorkerConfig = WorkerConfig()
    routing: RoutingConfig = RoutingConfig()
    bot: BotConfig = BotConfig()
    telegram: TelegramConfig = TelegramConfig()
    checkout: CheckoutConfig = CheckoutConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    log: LogConfig = LogConfig()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return env_settings, init_settings

    def fps_of(self, camera: Camera) -> float:
        """Frames of this camera that are analysed per second."""
        return camera.fps or self.worker.fps

    @model_validator(mode="after")
    def _camera_names_are_unique(self) -> Config:
        names = [camera.name for camera in self.cameras]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"cameras: the name {', '.join(sorted(twice))} stands twice")
        return self

    @model_validator(mode="after")
    def _error_rates_are_known_at_a_checkout(self) -> Config:
        if self.vision.weights != "open" and any(camera.role == "checkout" for camera in self.cameras):
            raise ValueError("a camera whose role is checkout needs vision.weights: open; only their misses are known")
        return self
