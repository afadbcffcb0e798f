"""Document C's VGG16 of ImageNet: frozen as printed, and the two ways in which it is mended.

Needs ImageNet's weights: Keras fetches them, or --weights FILE names them.
"""

from versus.library.protocols import AS_PRINTED, ON_TEST
from versus.studies.study import Study, Variant
from versus.training.layer_group import LayerGroup
from versus.training.recipe import Recipe

adam = Recipe(optimizer="adam", learning_rate=1e-3, batch_size=128, epochs=10)
# The last block at a hundredth of the rate, once the head has settled.
gentle = Recipe(
    optimizer="adam",
    learning_rate=1e-3,
    batch_size=128,
    epochs=10,
    groups=(LayerGroup(layers="block5", rate=0.01, after=3),),
)

study = Study(
    name="transfer-learning",
    question="Do features learned on photographs read MNIST, and what do they need for it?",
    data="mnist",
    variants=[
        Variant("vgg16-frozen", "vgg16-frozen", adam),
        Variant("vgg16-frozen-preprocessed", "vgg16-frozen-preprocessed", adam),
        Variant("vgg16-finetuned", "vgg16-finetuned", gentle),
    ],
    seeds=3,
    protocol=ON_TEST,
    suppress={
        **AS_PRINTED,
        "VS204": "document C feeds VGG16 raw pixels; the cure is the variant beside it",
    },
    margin=0.002,
    source=(
        "Document C, VGG16: 0.9545 accuracy and 0.1400 loss, frozen and without VGG16's own "
        "preprocessing; training its last layers too is proposed there, not done."
    ),
)
