"""Recorders for libraries that have a training loop of their own, one module a library.

    from optviz.pytorch.adapters.hugging_face import RecorderCallback  # optviz[huggingface]
    from optviz.pytorch.adapters.fastai import RecorderCallback  # optviz[fastai]
    from optviz.pytorch.adapters.lightning import RecorderCallback  # optviz[lightning]

Each takes the keywords of `optviz.record`, is given to the library as any callback, and has the
recording as `callback.recording` afterwards.
"""
