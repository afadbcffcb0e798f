"""Limits: how much one request, and all of them together, may ask of a server."""

from pydantic import Field

from versus.schema import Schema


class Limits(Schema):
    """How much a server takes on; more is refused at once, in so many words.

    Attributes:
        body_bytes: of one request (413).
        pixels: of one picture file, before it is prepared (422).
        batch: pictures of one request (422).
        queue: pictures that wait for a model (503).
        wait_seconds: that a new picture would have to wait, by the speed of late (503).
        requests: being read or answered at once (503).
        answering: of them, those with a body that was read: at 3,000 a second the last of 128
            waits for a twentieth of one, and so does whoever is refused meanwhile (503).
        buffered_bytes: of bodies being read or answered at once (503).
        connections: that are open at once, idle ones too (503, and closed).
        head_bytes: of a request's headers (431).
        head_seconds: until the headers have come whole, or begun to come (408, and closed).
        body_seconds: until a body has come whole (408).
        answer_seconds: until a request is answered (503).
        stalled_seconds: that a client may leave its answer unread before it is cut off.
        stop_seconds: that requests have to end once the server is told to.
    """

    body_bytes: int = Field(default=8 * 2**20, gt=0)
    pixels: int = Field(default=2**22, gt=0)
    batch: int = Field(default=256, gt=0)
    queue: int = Field(default=4096, gt=0)
    wait_seconds: float = Field(default=2.0, gt=0)
    requests: int = Field(default=1024, gt=0)
    answering: int = Field(default=128, gt=0)
    buffered_bytes: int = Field(default=64 * 2**20, gt=0)
    connections: int = Field(default=2048, gt=0)
    head_bytes: int = Field(default=2**15, gt=0)
    head_seconds: float = Field(default=10.0, gt=0)
    body_seconds: float = Field(default=10.0, gt=0)
    answer_seconds: float = Field(default=10.0, gt=0)
    stalled_seconds: float = Field(default=60.0, gt=0)
    stop_seconds: float = Field(default=10.0, gt=0)
