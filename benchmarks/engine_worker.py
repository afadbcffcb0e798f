"""One engine, one system, one process: trains or predicts a block each time it is told to.

Started by engine.py with the Python of the engine's own environment. At each "go" on stdin it
trains two epochs in one `fit` and times the second, then answers with one JSON line of seconds,
steps, and the loss, so that a run that trains nothing would be seen. (Pausing inside an endless
`fit` was tried and thrown away: TensorFlow's input pipeline is ten times slower after a pause.)
With `--what predict` it predicts all pictures once, at the batch that was fastest in the first
block (versus chooses its own), and the loss is that of the predictions: the same for all engines
but plain torch, whose weights are its own.
Needs nothing of versus unless the engine is versus.
"""

import argparse
import json
import os
import resource
import sys
import time


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--optimizer", required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--what", choices=["train", "predict"], default="train")
    return parser.parse_args()


def limit_threads(options) -> None:
    """The same cores and as many threads for every engine."""
    if options.threads < len(os.sched_getaffinity(0)):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


def timed_epoch():
    """A callback that times the second of two epochs: the first starts threads and pipelines."""
    import keras

    class Timed(keras.callbacks.Callback):
        seconds = loss = 0.0

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds = time.perf_counter() - self.start
            self.loss = float(logs["loss"])

    return Timed()


def keras_block(options, images, labels, jit):
    import keras
    import numpy as np

    if keras.backend.backend() == "torch":
        import torch

        torch.set_num_threads(options.threads)
    model = keras.saving.load_model(options.model, compile=False)
    optimizer = keras.optimizers.get(options.optimizer)
    optimizer.learning_rate = options.rate
    model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)
    if options.what == "predict":
        return predicting(
            lambda batch: model.predict(images, batch_size=batch, verbose=0), labels, BATCHES
        )
    wanted = np.eye(model.output_shape[-1], dtype="float32")[labels]

    def block():
        timed = timed_epoch()
        model.fit(images, wanted, batch_size=options.batch, epochs=2, verbose=0, callbacks=[timed])
        return timed.seconds, timed.loss

    return block


def versus_block(options, images, labels):
    import torch

    from versus.backend import keras
    from versus.data.dataset import Split
    from versus.training import engine
    from versus.training.recipe import Recipe

    torch.set_num_threads(options.threads)
    model = keras.saving.load_model(options.model, compile=False)
    if options.what == "predict":
        from versus.training.inference import outputs

        return predicting(lambda _: outputs(model, images), labels, [0])
    recipe = Recipe(
        optimizer=options.optimizer,
        learning_rate=options.rate,
        batch_size=options.batch,
        epochs=2,
        precision="bfloat16" if options.engine.endswith("bf16") else "float32",
    )
    split = Split(images, labels.astype("int64"))

    def block():
        timed = timed_epoch()
        engine.fit(model, recipe, split, None, seed=0, callbacks=[timed])
        return timed.seconds, timed.loss

    return block


def plain_block(options, images, labels):
    """A loop as the torch tutorials write it: NCHW, torch's own layers and optimizers."""
    import torch

    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    from plain_torch import convert

    torch.set_num_threads(options.threads)
    net = convert(keras.saving.load_model(options.model, compile=False))
    make = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adadelta": torch.optim.Adadelta}
    optimizer = make[options.optimizer](net.parameters(), lr=options.rate)
    data = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    wanted = torch.from_numpy(labels.astype("int64"))

    if options.what == "predict":
        net.eval()

        def predict(batch):
            with torch.no_grad():
                parts = [net(x.float() / 255).softmax(1) for x in data.split(batch)]
                return torch.cat(parts).numpy()

        return predicting(predict, labels, BATCHES)

    def epoch():
        total, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for rows in torch.randperm(len(data)).split(options.batch):
            x, y = data[rows].float() / 255, wanted[rows]
            optimizer.zero_grad()
            logits = net(x)
            loss = torch.nn.functional.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
            correct += (logits.argmax(1) == y).sum()
        return float(total) / len(data)

    def block():
        epoch()
        start = time.perf_counter()
        loss = epoch()
        return time.perf_counter() - start, loss

    return block


BATCHES = [125, 250, 500, 1000]  # without a smaller last one, which would be compiled apart


def predicting(predict, labels, batches):
    """A block that predicts everything once; the first finds the fastest of `batches`."""
    import numpy as np

    best = []

    def timed(batch):
        start = time.perf_counter()
        rows = predict(batch)
        seconds = time.perf_counter() - start
        return seconds, -float(np.log(rows[np.arange(len(labels)), labels]).mean())

    def block():
        if not best:
            for batch in batches:
                timed(batch)
            best.append(min(batches, key=lambda batch: timed(batch)[0]))
        return timed(best[0])

    return block


def make_block(options, images, labels):
    if options.engine.startswith("versus"):
        return versus_block(options, images, labels)
    if options.engine == "plain-torch":
        return plain_block(options, images, labels)
    _, backend, *rest = options.engine.split("-")
    os.environ["KERAS_BACKEND"] = {"tf": "tensorflow"}.get(backend, backend)
    if backend == "tf":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
    jit = {"torch": False, "jax": True}.get(backend, "jit" in rest)
    return keras_block(options, images, labels, jit)


def main() -> None:
    options = parse()
    limit_threads(options)
    import numpy as np

    with np.load(options.data) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    answer = sys.stdout
    sys.stdout = sys.stderr
    block = make_block(options, images, labels)
    for line in sys.stdin:
        if line.strip() != "go":
            break
        seconds, loss = block()
        found = {
            "seconds": seconds,
            "pictures": len(images),
            "steps": -(-len(images) // options.batch),
            "loss": loss,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        answer.write(json.dumps(found) + "\n")
        answer.flush()


if __name__ == "__main__":
    main()
