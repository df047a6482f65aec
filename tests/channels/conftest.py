from tests.notify.conftest import real_stage, receiver, stage

__all__ = ["real_stage", "receiver", "stage"]
