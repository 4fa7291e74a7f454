"""core_minori: cases of foreign minors and the money that protects them, on ERPNext."""

__version__ = "0.1.0"
