"""Keccak-256 as Ethereum uses it (the padding before FIPS 202; `hashlib` has the later one only)."""

from __future__ import annotations

_MASK = (1 << 64) - 1
_RATE = 136


def _round_constants() -> list[int]:
    constants, register = [], 1
    for _ in range(24):
        constant = 0
        for power in range(7):
            if register & 1:
                constant |= 1 << ((1 << power) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return constants


_CONSTANTS = _round_constants()


def _rotate(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK if by else lane


def _permute(state: list[list[int]]) -> list[list[int]]:
    for constant in _CONSTANTS:
        parity = [state[x][0] ^ state[x][1] ^ state[x][2] ^ state[x][3] ^ state[x][4] for x in range(5)]
        turned = [parity[(x - 1) % 5] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
        state = [[lane ^ turned[x] for lane in state[x]] for x in range(5)]
        state = _rho_and_pi(state)
        state = [[state[x][y] ^ (~state[(x + 1) % 5][y] & state[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
        state[0][0] ^= constant
    return state


def _rho_and_pi(state: list[list[int]]) -> list[list[int]]:
    x, y, current = 1, 0, state[1][0]
    for step in range(24):
        x, y = y, (2 * x + 3 * y) % 5
        current, state[x][y] = state[x][y], _rotate(current, (step + 1) * (step + 2) // 2 % 64)
    return state


def keccak256(message: bytes) -> bytes:
    """32 bytes."""
    padded = bytearray(message) + bytearray(_RATE - len(message) % _RATE)
    padded[len(message)] |= 0x01
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for block in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            start = block + 8 * lane
            state[lane % 5][lane // 5] ^= int.from_bytes(padded[start : start + 8], "little")
        state = _permute(state)
    return b"".join(state[lane % 5][lane // 5].to_bytes(8, "little") for lane in range(4))
