"""``signoff`` whose server has no worker beside it, for measuring the server alone."""

from contextlib import nullcontext

from signoff.cli import main, serve

if __name__ == "__main__":
    serve.WorkerSupervisor = lambda work: nullcontext()  # type: ignore[assignment,misc]
    main()
