"""The cards that the planner knows, ordered so that the usual one of a name comes first.

Sources. Memory: the total that PyTorch prints for the card ("GPU 0 has a total capacity of …" in
its out-of-memory messages, drivers of 2024–2026); where no such message was at hand, the total of
`nvidia-smi` less what the driver keeps of a card beside it. Bandwidth and rates: NVIDIA's data
sheet of the card; for GeForce the architecture's white paper (GA102, AD102, GB202: tensor core
rates "with FP32 accumulate", dense). Where a data sheet gives only the rate with sparsity, half of
it is written.
"""

from __future__ import annotations

from backend.sizing.card import Card

_TURING, _AMPERE_80, _AMPERE = (7, 5), (8, 0), (8, 6)
_ADA, _HOPPER, _BLACKWELL_100, _BLACKWELL = (8, 9), (9, 0), (10, 0), (12, 0)


def _card(
    name: str,
    compute_capability: tuple[int, int],
    memory_gib: float,
    rates: tuple[float, float] | tuple[float, float, float],
) -> Card:
    """One row; rates are GB/s, TFLOPS in bf16 (fp16 before Ampere) and, where it has them, fp8."""
    bandwidth, bf16, *fp8 = rates
    return Card(
        name=name,
        memory_gib=memory_gib,
        compute_capability=compute_capability,
        bandwidth_gb_per_second=bandwidth,
        bf16_tflops=bf16,
        fp8_tflops=fp8[0] if fp8 else None,
    )


CARDS: tuple[Card, ...] = (
    # Blackwell, data centre: data sheet "NVIDIA HGX B200" (per GPU)
    _card("B200", _BLACKWELL_100, 178.35, (8000, 2250, 4500)),
    # Hopper: data sheets "NVIDIA H200" and "NVIDIA H100"; H100 SXM's memory: our own measurement
    _card("H200", _HOPPER, 139.80, (4800, 989, 1979)),
    _card("H200 NVL", _HOPPER, 139.80, (4800, 835, 1671)),
    _card("H100 80GB", _HOPPER, 79.18, (3350, 989, 1979)),
    _card("H100 PCIe 80GB", _HOPPER, 79.18, (2000, 756, 1513)),
    _card("H100 NVL", _HOPPER, 93.10, (3938, 835, 1671)),
    _card("GH200", _HOPPER, 94.50, (4000, 989, 1979)),
    # Made for China: the H100's with slower links between cards; H20: fewer tensor cores
    _card("H800 80GB", _HOPPER, 79.18, (3350, 989, 1979)),
    _card("H800 PCIe 80GB", _HOPPER, 79.18, (2000, 756, 1513)),
    _card("H20", _HOPPER, 95.10, (4000, 148, 296)),
    # Ampere, data centre: data sheets "NVIDIA A100", "A40", "A30", "A10"; A10G: AWS, "G5 instances"
    _card("A100 80GB", _AMPERE_80, 79.15, (2039, 312)),
    _card("A100 PCIe 80GB", _AMPERE_80, 79.15, (1935, 312)),
    _card("A100 40GB", _AMPERE_80, 39.39, (1555, 312)),
    _card("A800 80GB", _AMPERE_80, 79.15, (2039, 312)),
    _card("A800 PCIe 80GB", _AMPERE_80, 79.15, (1935, 312)),
    _card("A40", _AMPERE, 44.40, (696, 150)),
    _card("A30", _AMPERE_80, 23.50, (933, 165)),
    _card("A10", _AMPERE, 22.06, (600, 125)),
    _card("A10G", _AMPERE, 22.06, (600, 70)),
    # Ada, data centre: data sheets "NVIDIA L40S", "L40", "L20", "L4"
    _card("L40S", _ADA, 44.39, (864, 362, 733)),
    _card("L40", _ADA, 44.39, (864, 181, 362)),
    _card("L20", _ADA, 44.39, (864, 119, 239)),
    _card("L4", _ADA, 22.03, (300, 121, 242)),
    # Workstations: data sheets of the RTX professional cards
    _card("RTX PRO 6000 Server", _BLACKWELL, 94.97, (1597, 504, 1007)),
    _card("RTX PRO 6000", _BLACKWELL, 94.97, (1792, 504, 1007)),
    _card("RTX 6000 Ada", _ADA, 47.37, (960, 364, 728)),
    _card("RTX 5000 Ada", _ADA, 31.49, (576, 261, 522)),
    _card("RTX 4000 Ada", _ADA, 19.55, (360, 107, 214)),
    _card("RTX A6000", _AMPERE, 47.40, (768, 155)),
    _card("RTX A5000", _AMPERE, 23.56, (768, 111)),
    _card("RTX A4000", _AMPERE, 15.60, (448, 77)),
    # GeForce 50: white paper "NVIDIA RTX Blackwell GPU Architecture"
    _card("RTX 5090", _BLACKWELL, 31.36, (1792, 209, 419)),
    _card("RTX 5080", _BLACKWELL, 15.47, (960, 113, 225)),
    _card("RTX 5070 Ti", _BLACKWELL, 15.47, (896, 88, 176)),
    _card("RTX 5070", _BLACKWELL, 11.49, (672, 62, 123)),
    _card("RTX 5060 Ti 16GB", _BLACKWELL, 15.47, (448, 47, 95)),
    # GeForce 40: white paper "NVIDIA Ada GPU Architecture"
    _card("RTX 4090", _ADA, 23.52, (1008, 165, 330)),
    _card("RTX 4090 D", _ADA, 23.52, (1008, 147, 294)),
    _card("RTX 4080 Super", _ADA, 15.60, (736, 104, 209)),
    _card("RTX 4080", _ADA, 15.60, (717, 97, 195)),
    _card("RTX 4070 Ti Super", _ADA, 15.60, (672, 88, 176)),
    _card("RTX 4070 Ti", _ADA, 11.56, (504, 80, 160)),
    _card("RTX 4070 Super", _ADA, 11.56, (504, 71, 142)),
    _card("RTX 4070", _ADA, 11.56, (504, 58, 117)),
    _card("RTX 4060 Ti 16GB", _ADA, 15.60, (288, 44, 88)),
    _card("RTX 4060 Ti 8GB", _ADA, 7.60, (288, 44, 88)),
    _card("RTX 4060", _ADA, 7.60, (272, 30, 60)),
    # GeForce 30: white paper "NVIDIA Ampere GA102 GPU Architecture"
    _card("RTX 3090", _AMPERE, 23.56, (936, 71)),
    _card("RTX 3090 Ti", _AMPERE, 23.56, (1008, 80)),
    _card("RTX 3080 10GB", _AMPERE, 9.66, (760, 60)),
    _card("RTX 3080 12GB", _AMPERE, 11.63, (912, 61)),
    _card("RTX 3080 Ti", _AMPERE, 11.63, (912, 68)),
    _card("RTX 3070", _AMPERE, 7.66, (448, 41)),
    _card("RTX 3060 12GB", _AMPERE, 11.63, (360, 26)),
    # Turing: data sheet "NVIDIA T4", white paper "NVIDIA Turing GPU Architecture"; fp16 rates
    _card("T4", _TURING, 14.56, (320, 65)),
    _card("RTX 2080 Ti", _TURING, 10.57, (616, 54)),
    _card("RTX 2070", _TURING, 7.60, (448, 30)),
    _card("Quadro RTX 8000", _TURING, 47.45, (672, 131)),
    # Volta, to be named and refused: data sheet "NVIDIA V100"
    _card("V100 16GB", (7, 0), 15.77, (900, 125)),
    _card("V100 32GB", (7, 0), 31.73, (900, 125)),
)
