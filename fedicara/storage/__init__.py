"""Where the bytes of pictures lie."""

from fedicara.storage.folder import Folder

__all__ = ["Folder"]
