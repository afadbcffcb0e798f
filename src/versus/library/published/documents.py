"""The five documents by their letters."""

from versus.library.published import document_a, document_b, document_c, document_d, document_e
from versus.library.published.figures import Document

DOCUMENTS: dict[str, Document] = {
    module.document.letter: module.document
    for module in (document_a, document_b, document_c, document_d, document_e)
}
