"""The support vector machine that document E quotes from Fashion-MNIST's authors.

All 60,000 pictures, standardised pixel by pixel, in an order that the seed shuffles. The document
does not say which machine it was: these are the two of C 10 with the usual kernels.
"""

from versus.library.protocols import ON_TEST
from versus.studies.study import Study, Variant
from versus.training.recipe import Recipe

study = Study(
    name="svm-baseline",
    question="Does the published SVM baseline of Fashion-MNIST come out again?",
    data="fashion-mnist",
    variants=[
        Variant("svm", "svm", Recipe(optimizer="scikit-learn")),
        Variant("svm-poly", "svm-poly", Recipe(optimizer="scikit-learn")),
    ],
    seeds=3,
    protocol=ON_TEST,
    suppress={"VS101": "nothing is chosen here: each machine learns once, from all pictures"},
    source=(
        "Document E quotes 0.897, of the benchmark in H. Xiao et al. 2017, 'Fashion-MNIST: a Novel "
        "Image Dataset for Benchmarking Machine Learning Algorithms'. C 10 and RBF are our guess."
    ),
)
