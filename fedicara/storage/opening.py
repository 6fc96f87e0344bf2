"""The storage that the settings choose."""

from fedicara.settings import Settings
from fedicara.storage.bucket import Access, Bucket
from fedicara.storage.folder import Folder
from media.storage import Storage


def open_storage(settings: Settings) -> Storage:
    """A bucket where one is named, else a folder; nothing is dialled yet."""
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
