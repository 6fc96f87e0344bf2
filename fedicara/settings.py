"""What an operator can set: fedicara.toml in the data folder, FEDICARA_* in the environment."""

from functools import cached_property
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from policies.buckets import BUCKETS, Bucket, read_bucket

Network = IPv4Network | IPv6Network
Texts = Annotated[dict[str, str], NoDecode]
Networks = Annotated[tuple[Network, ...], NoDecode]
Hosts = Annotated[dict[str, str], NoDecode]
Strength = Literal["light", "standard", "strong"]
STRENGTHS: tuple[Strength, ...] = get_args(Strength)


class Settings(BaseSettings):
    """Frozen settings; every field's description is its help text and stands in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="FEDICARA_", frozen=True, extra="forbid")

    data: Path = Field(Path("data"), description="Folder for the database, the secret and the pictures.")
    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address under which the world reaches this server; part of every id, so choose it once.",
    )
    name: str = Field("", description="Name of the place, shown on its pages; the host name if empty.")
    description: str = Field("", description="One sentence about the place, shown on its front page.")
    contact: str = Field("", description="E-mail address that is published for questions and reports.")
    database_url: str = Field(
        "", description="postgres://user:password@host/database; empty for SQLite in the data folder."
    )
    media_folder: Path | None = Field(
        None, description="Folder for pictures; empty for media in the data folder."
    )
    media_url: str = Field(
        "",
        description="Address of a host of its own for pictures, as https://media.art.example, that leads to this server too; empty: they come from base_url.",
    )
    bucket: str = Field(
        "", description="S3-compatible bucket for pictures; empty: they lie in a folder of this machine."
    )
    bucket_endpoint: str = Field(
        "", description="Address of the service that has the bucket, as https://s3.example."
    )
    bucket_region: str = Field("us-east-1", description="Region of the bucket, as its service names it.")
    bucket_key: str = Field("", description="Id of the access key; it needs to read, write, delete and list.")
    bucket_secret: SecretStr | None = Field(None, description="Secret that belongs to the access key.")
    bucket_path_style: bool = Field(
        True,
        description="Name the bucket in the path of addresses; false: in the host, as https://bucket.s3.example.",
    )
    bucket_prefix: str = Field(
        "", description="What the names of files in the bucket begin with, as a folder."
    )
    original_keys: Path | None = Field(
        None,
        description="File with keys for the originals, each 32 bytes in base64 on a line; the first seals, all open. Empty: not sealed.",
    )
    trusted_proxies: Networks = Field(
        (), description="Networks of reverse proxies whose X-Forwarded-For is believed, separated by commas."
    )
    egress_allow: Networks = Field(
        (),
        description="Private networks that outgoing requests may reach all the same; for tests and private federations.",
    )
    egress_hosts: Hosts = Field(
        {}, description="Names this server resolves itself, as name=address, separated by commas."
    )
    ca_file: Path | None = Field(
        None, description="File with an extra certificate authority for outgoing TLS."
    )
    authorized_fetch: bool = Field(
        True,
        description="Ask other servers to sign before they read posts, pages of collections and profiles.",
    )
    federation: Literal["open", "blocklist", "allowlist"] = Field(
        "blocklist",
        description="Who may federate: allowlist takes domains with an allow rule, blocklist all but those rejected, open all.",
    )
    federate_blocks: bool = Field(
        False, description="Tell another server when somebody here blocks somebody there."
    )
    rsl: bool = Field(
        False,
        description="Also state the policy of the place in RSL, at /license.xml; its words have not been compared "
        "with the published text.",
    )
    metrics_token: str = Field(
        "",
        description="Token for /metrics from other machines, as Bearer; empty: only this machine may read it.",
    )
    inbox_rate: int = Field(
        3000,
        ge=0,
        description="Activities a minute taken from one server, and from one address; 0: no limit.",
    )
    deny_action: Literal[403, 451] = Field(
        403, description="Status that a crawler gets where the policy refuses it: 403 or 451."
    )
    crawlers_source: str = Field(
        "",
        description="List of crawlers that is taken over every day, an address or a file; empty for none. Removals wait for you.",
    )
    verify_addresses: bool = Field(
        False,
        description="Read the address lists that operators of crawlers publish, every day, to tell who only uses their names.",
    )
    verify_names: bool = Field(
        False, description="Look up the host names of search crawlers, to tell who only uses their names."
    )
    refusal_log: bool = Field(
        False,
        description="Keep refused requests for a day, with the address cut to its network, to find out what goes wrong.",
    )
    rates: Texts = Field(
        {},
        description="Limits other than the usual ones, as class=30/10min burst 30 or class=off, separated by commas.",
    )
    timelines_need_account: bool = Field(
        False,
        description="Show the works of the first page, pages of tags and public timelines of the API to people with an account alone.",
    )
    alt_text_required: bool = Field(True, description="Refuse to publish a picture without alt text.")
    cloak: str = Field(
        "generator",
        description="Engine that cloaks pictures: generator, texture or ascent, all experimental; with external or none this place cloaks nothing.",
    )
    cloak_encoders: str = Field(
        "",
        description="Weight files of encoders that the engine ascent climbs on, .safetensors or .pth, separated by commas; needs the extra cloak-strong.",
    )
    cloak_seconds: float = Field(
        60.0, gt=0, le=3600, description="Seconds of one core that the engine ascent takes for each picture."
    )
    cloak_strength: Strength = Field(
        "standard",
        description="How strong the cloak is where nobody says otherwise: light, standard or strong.",
    )
    cloak_weakest: Strength = Field(
        "light", description="Weakest cloak that artists may choose: light, standard or strong."
    )
    cloak_none: bool = Field(True, description="Artists may choose that nothing is added to their pictures.")
    cloak_external: bool = Field(
        True,
        description="Artists may say that they cloaked a work themselves; nothing is added to its pictures then.",
    )
    c2pa: bool = Field(
        False,
        description="Sign pictures as this server, with the policy inside (C2PA with CAWG); needs the extra c2pa.",
    )
    c2pa_certificate: Path | None = Field(
        None,
        description="PEM file with the private key (P-256) and the certificates to sign with; empty for c2pa.pem in the data folder, made on first use.",
    )
    detector_cmd: str = Field(
        "",
        description="Program that is given each upload's path and prints a number from 0 to 1; it only moves cases up the queue of moderators.",
    )
    upload_limit: int = Field(
        40 * 1024 * 1024, gt=0, description="Largest picture that may be uploaded, in bytes."
    )
    upload_rate: int = Field(120, ge=0, description="Most uploads of one account in 30 minutes; 0: no limit.")
    account_quota: int = Field(
        0,
        ge=0,
        description="Most bytes that one person's originals and their sizes may take together; 0: no limit.",
    )
    place_quota: int = Field(
        0, ge=0, description="Most bytes that all originals and their sizes may take together; 0: no limit."
    )
    pixel_limit: int = Field(64_000_000, gt=0, description="Most pixels a picture may have.")
    pictures_per_work: int = Field(16, gt=0, le=16, description="Most pictures in one work.")
    remote_cache: int = Field(
        10 * 1024**3,
        ge=0,
        description="How much is kept of pictures of other servers, in bytes; 0: they are passed on and not kept.",
    )
    remote_cache_per_server: int = Field(
        1024**3, ge=0, description="How much of that may be pictures of one server, in bytes."
    )
    picture_workers: int = Field(1, gt=0, description="How many pictures are worked on at the same time.")
    delivery_workers: int = Field(
        16, gt=0, description="How many deliveries to other servers run at the same time."
    )

    requests_per_domain: int = Field(
        1000,
        gt=0,
        description="Most requests an hour that activities of others make this server send to one domain and all below it.",
    )

    @field_validator("trusted_proxies", "egress_allow", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        return tuple(ip_network(item) for item in value) if isinstance(value, list | tuple) else value

    @field_validator("egress_hosts", mode="before")
    @classmethod
    def _hosts(cls, value: object) -> object:
        if isinstance(value, str):
            pairs = (part.split("=", 1) for part in value.split(",") if "=" in part)
            return {name.strip(): address.strip() for name, address in pairs}
        return value

    @field_validator("rates", mode="before")
    @classmethod
    def _rates(cls, value: object) -> object:
        if isinstance(value, str):
            pairs = (part.partition("=") for part in value.split(",") if part.strip())
            value = {name.strip(): text.strip() for name, _, text in pairs}
        for name, text in value.items() if isinstance(value, dict) else ():
            if name not in BUCKETS:
                raise ValueError(f"there is no class {name!r}; there are {', '.join(BUCKETS)}")
            read_bucket(str(text))
        return value

    @field_validator("base_url", "media_url")
    @classmethod
    def _origin(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "media_url":
            return ""
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError("must look like https://art.example, without a path")
        return value.rstrip("/").lower()

    @model_validator(mode="after")
    def _http_only_inside(self) -> "Settings":
        if self.is_secure or self.is_inside(self.host):
            return self
        raise ValueError(
            "base_url: http:// is accepted only for an address inside egress_allow; use https://, "
            "or for a trial on this machine set egress_allow to 127.0.0.0/8"
        )

    @model_validator(mode="after")
    def _media_apart(self) -> "Settings":
        if self.media_url and self.media_host == self.domain:
            raise ValueError("media_url: must be another host than base_url, or empty")
        if self.media_url.startswith("https:") != self.is_secure and self.media_url:
            raise ValueError("media_url: must be https:// as base_url is")
        return self

    @model_validator(mode="after")
    def _bucket_whole(self) -> "Settings":
        if not self.bucket:
            return self
        parts = urlsplit(self.bucket_endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("bucket_endpoint: must look like https://s3.example, since bucket is set")
        if not self.bucket_key or self.bucket_secret is None:
            raise ValueError("bucket: bucket_key and bucket_secret must be set as well")
        return self

    @model_validator(mode="after")
    def _c2pa_installed(self) -> "Settings":
        if self.c2pa and find_spec("c2pa") is None:
            raise ValueError("c2pa: the extra is not installed; install fedicara[c2pa] or switch it off")
        return self

    @model_validator(mode="after")
    def _cloak_within_bounds(self) -> "Settings":
        if STRENGTHS.index(self.cloak_strength) < STRENGTHS.index(self.cloak_weakest):
            raise ValueError("cloak_strength: is weaker than cloak_weakest permits")
        return self

    def is_inside(self, host: str) -> bool:
        """Whether the host is an address (or a name given one in egress_hosts) inside egress_allow."""
        try:
            address = ip_address(self.egress_hosts.get(host, host))
        except ValueError:
            return False
        return any(address in network for network in self.egress_allow)

    @cached_property
    def buckets(self) -> dict[str, Bucket | None]:
        """The limits that differ from the usual ones."""
        return {name: read_bucket(text) for name, text in self.rates.items()}

    @property
    def is_secure(self) -> bool:
        """Whether the address is https."""
        return self.base_url.startswith("https:")

    @cached_property
    def host(self) -> str:
        """The host name alone."""
        return urlsplit(self.base_url).hostname or ""

    @cached_property
    def domain(self) -> str:
        """The part behind the @ of handles: host, with the port where it is not the usual one."""
        return urlsplit(self.base_url).netloc

    @cached_property
    def media_host(self) -> str:
        """The host for pictures, with the port where it is not the usual one; empty if there is none."""
        return urlsplit(self.media_url).netloc

    @property
    def place(self) -> str:
        """The name people see."""
        return self.name or self.domain

    @property
    def media(self) -> Path:
        """Where pictures are stored."""
        return self.media_folder or self.data / "media"

    @property
    def incoming(self) -> Path:
        """Where uploads and pictures in work lie for a moment."""
        return self.data / "incoming"

    @property
    def database(self) -> str:
        """The address of the database in use."""
        return self.database_url or f"sqlite://{self.data / 'fedicara.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line first, then the environment, then fedicara.toml in the data folder."""
        given = {**env_settings(), **init_settings()}
        toml = TomlConfigSettingsSource(settings_cls, Path(given.get("data", "data")) / "fedicara.toml")
        return init_settings, env_settings, toml
