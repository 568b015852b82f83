"""``signoff`` whose server has no worker beside it, for measuring the server alone."""

from gunicorn.arbiter import Arbiter

from signoff.cli import main, serve

if __name__ == "__main__":
    serve.Arbiter = Arbiter  # type: ignore[assignment,misc]
    main()
