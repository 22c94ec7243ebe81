"""Proofs about two policies over all facts that there can be."""
