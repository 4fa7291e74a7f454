"""Patches of released data, run once by `bench migrate`; listed in patches.txt."""
