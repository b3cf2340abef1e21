"""A model's file: written whole, the same when read, and refused with the reason whatever is wrong with it."""

from __future__ import annotations

import hashlib
import pickle
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from customers import model_file
from customers.errors import CustomersError
from customers.model_file import Contents, read, write
from customers.model_folder import model_folder

FEATURES = ("promo_share", "minutes_trend")
X = np.array([[0.1, 0.0], [0.9, -0.5], [0.2, 0.1], [0.8, -0.4]])


@pytest.fixture
def contents() -> Contents:
    model = LogisticRegression().fit(X, [0, 1, 0, 1])
    return Contents(model, FEATURES, {"usual": {"pages": 8.0}, "prints": np.array([1, 2**63], dtype=np.uint64)})


def stored(folder: Path, content: object) -> tuple[Path, str]:
    """A skops file of anything, with its SHA-256."""
    data = skops.io.dumps(content)
    (folder / "other.skops").write_bytes(data)
    return folder / "other.skops", hashlib.sha256(data).hexdigest()


def test_what_was_written_answers_the_same_when_read(contents, tmp_path: Path) -> None:
    name, sha256 = write(tmp_path / "models", "churn", contents)
    found = read(tmp_path / "models" / name, "churn", FEATURES, sha256)
    assert (found.model.predict_proba(X) == contents.model.predict_proba(X)).all()
    assert found.extra["usual"] == {"pages": 8.0}
    assert found.extra["prints"].tolist() == [1, 2**63]


def test_one_changed_byte_is_noticed(contents, tmp_path: Path) -> None:
    name, sha256 = write(tmp_path, "churn", contents)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CustomersError, match="is not the file that was written when the model was trained"):
        read(tmp_path / name, "churn", FEATURES, sha256)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CustomersError, match=r"gone\.skops cannot be read"):
        read(tmp_path / "gone.skops", "churn", FEATURES, "0" * 64)


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was loaded",))

    data = pickle.dumps(Trap())
    (tmp_path / "trap.skops").write_bytes(data)
    with pytest.raises(CustomersError, match="is no file of a model, or a damaged one"):
        read(tmp_path / "trap.skops", "churn", FEATURES, hashlib.sha256(data).hexdigest())


def test_a_type_that_no_model_needs_is_refused_before_it_is_made(tmp_path: Path) -> None:
    path, sha256 = stored(tmp_path, {"model": Namespace(x=1)})
    with pytest.raises(CustomersError, match=r"argparse\.Namespace.*is not loaded"):
        read(path, "churn", FEATURES, sha256)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path, sha256 = stored(tmp_path, LogisticRegression())
    with pytest.raises(CustomersError, match="not of Amiko's"):
        read(path, "churn", FEATURES, sha256)


def test_a_model_of_another_kind_is_refused(contents, tmp_path: Path) -> None:
    name, sha256 = write(tmp_path, "session-gender", contents)
    with pytest.raises(CustomersError, match="holds a model of the kind session-gender, not churn"):
        read(tmp_path / name, "churn", FEATURES, sha256)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (("promo_share", "weather"), "minutes_trend is unknown here, weather is new"),
        (("minutes_trend", "promo_share"), "their order differs"),
    ],
)
def test_a_model_that_expects_other_features_is_refused_by_their_names(
    contents, tmp_path: Path, wanted, reason
) -> None:
    name, sha256 = write(tmp_path, "churn", contents)
    with pytest.raises(CustomersError, match=reason):
        read(tmp_path / name, "churn", wanted, sha256)


def test_a_model_of_another_scikit_learn_is_refused(contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, sha256 = write(tmp_path, "churn", contents)
    monkeypatch.setattr(model_file, "version", lambda library: "99.1.0")
    with pytest.raises(CustomersError, match=r"was made with scikit-learn .*, here is 99\.1\.0"):
        read(tmp_path / name, "churn", FEATURES, sha256)


def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_left(contents, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file in the way")
    with pytest.raises(CustomersError, match=r"set customers\.models to a folder"):
        write(tmp_path / "models", "churn", contents)
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_models_stand_beside_the_database_unless_told_otherwise(tmp_path: Path) -> None:
    assert model_folder(None, f"sqlite+aiosqlite:///{tmp_path}/amiko.db") == tmp_path / "models"
    assert model_folder(None, "postgresql+asyncpg://shop/amiko") == Path("models")
    assert model_folder(Path("elsewhere"), f"sqlite+aiosqlite:///{tmp_path}/amiko.db") == Path("elsewhere")
