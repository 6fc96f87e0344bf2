"""Where the bytes of pictures lie."""

from fedicara.storage.bucket import Bucket
from fedicara.storage.folder import Folder
from fedicara.storage.opening import open_storage

__all__ = ["Bucket", "Folder", "open_storage"]
