"""The storage that the settings choose."""

from fedicara.settings import Settings
from fedicara.storage.bucket import Access, Bucket
from fedicara.storage.folder import Folder
from fedicara.storage.sealed import Sealed
from fedicara.storage.sealing import Keys, read_keys
from media.storage import Storage


def open_storage(settings: Settings) -> Sealed:
    """A bucket where one is named, else a folder, originals sealed where there are keys; nothing is dialled yet."""
    keys = read_keys(settings.original_keys) if settings.original_keys else Keys()
    return Sealed(_plain(settings), keys, settings.incoming)


def _plain(settings: Settings) -> Storage:
    if not settings.bucket:
        return Folder(settings.media)
    secret = settings.bucket_secret.get_secret_value() if settings.bucket_secret else ""
    return Bucket(
        Access(
            settings.bucket,
            settings.bucket_endpoint,
            settings.bucket_region,
            settings.bucket_key,
            secret,
            path_style=settings.bucket_path_style,
            prefix=settings.bucket_prefix,
            authority=settings.ca_file.read_bytes() if settings.ca_file else None,
        )
    )
