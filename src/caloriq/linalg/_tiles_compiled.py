"""Tiles: values of compiled functions that hold some neighbouring numbers, up to eight vector registers of them.

A loop over neighbours is left to the compiler's luck: it may take half the register, check for overlaps, or give up where
neighbours are exchanged. A tile is one LLVM vector, so that sums over it stay in registers and exchanges are shuffles.
Imported only by kernels.
"""
# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202, ARG001

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

REGISTERS = 8
REGISTER_BYTES = 64 if llvmlite.binding.get_host_cpu_features().get("avx512f") else 32
LINE = 64  # bytes of a cache line
_BYTES, _INT = ir.IntType(8).as_pointer(), ir.IntType(32)
FREE = ("contract", "nsz", "reassoc")  # products and sums may be fused


class Tile(types.Type):
    """Numba's type of a tile of one precision and length, by default eight registers."""

    def __init__(self, dtype, count=None) -> None:
        self.dtype, self.count = dtype, count or length(bytes_of(dtype))
        super().__init__(name=f"Tile({dtype}, {self.count})")


@register_model(Tile)
class TileModel(models.PrimitiveModel):
    """What a tile is in machine code."""

    def __init__(self, dmm, fe_type) -> None:
        item = ir.DoubleType() if fe_type.dtype == types.float64 else ir.FloatType()
        super().__init__(dmm, fe_type, ir.VectorType(item, fe_type.count))


def length(itemsize: int) -> int:
    """Numbers in a tile."""
    return REGISTERS * REGISTER_BYTES // itemsize


def bytes_of(dtype) -> int:
    """Of one number."""
    return dtype.bitwidth // 8


def _whole(numbers):
    numbers = list(numbers)
    return ir.Constant(ir.VectorType(ir.IntType(32), len(numbers)), numbers)


def _address(context, builder, signature, array, index, vector):
    data = context.make_array(signature.args[0])(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


def _spread(builder, vector, number):
    nothing = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(nothing, number, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, nothing, _whole([0] * vector.count))


def _loader(count=None, parts=1):
    @intrinsic
    def load(typingctx, array, index):
        """The tile that begins at `index` of a flat array."""

        def generate(context, builder, signature, args):
            return _loaded(context, builder, signature, args)

        return Tile(array.dtype, count or length(bytes_of(array.dtype)) // parts)(array, types.int64), generate

    return load


def _loaded(context, builder, signature, args):
    vector = context.get_value_type(signature.return_type)
    found = builder.load(_address(context, builder, signature, *args[:2], vector))
    found.align = bytes_of(signature.return_type.dtype)
    return found


load, load_half, load_quarter, load_register = (_loader(parts=parts) for parts in (1, 2, 4, REGISTERS))
load_eight, load_two, load_one = _loader(8), _loader(2), _loader(1)


@intrinsic
def load_as(typingctx, array, index, like):
    """As many numbers as a tuple is long."""

    def generate(context, builder, signature, args):
        return _loaded(context, builder, signature, args)

    return Tile(array.dtype, like.count)(array, types.int64, like), generate


@intrinsic
def zeros_as(typingctx, array, like):
    """As many zeros of the array's type as a tuple is long."""

    def generate(context, builder, signature, args):
        return ir.Constant(context.get_value_type(signature.return_type), None)

    return Tile(array.dtype, like.count)(array, like), generate


@intrinsic
def number(typingctx, array, index):
    """One number of a flat array; unlike `array[index]`, not looked at for counting from the end."""

    def generate(context, builder, signature, args):
        return builder.load(
            builder.gep(context.make_array(signature.args[0])(context, builder, args[0]).data, [args[1]])
        )

    return array.dtype(array, types.int64), generate


@intrinsic
def load_flipped(typingctx, array, index, flip):
    """The same with register k from (index + k) ^ flip; `flip` is a multiple of a register's length."""

    def generate(context, builder, signature, args):
        whole = context.get_value_type(signature.return_type)
        n = whole.count // REGISTERS
        parts = []
        for k in range(REGISTERS):
            at = builder.xor(builder.add(args[1], ir.Constant(args[1].type, k * n)), args[2])
            one = builder.load(_address(context, builder, signature, args[0], at, ir.VectorType(whole.element, n)))
            one.align = bytes_of(array.dtype)
            parts.append(one)
        while len(parts) > 1:
            n *= 2
            parts = [
                builder.shuffle_vector(a, b, _whole(range(n))) for a, b in zip(parts[::2], parts[1::2], strict=True)
            ]
        return parts[0]

    return Tile(array.dtype)(array, types.int64, types.int64), generate


@intrinsic
def store(typingctx, array, index, tile):
    """Write a tile to a flat array, from `index` on."""

    def generate(context, builder, signature, args):
        done = builder.store(
            args[2], _address(context, builder, signature, *args[:2], context.get_value_type(signature.args[2]))
        )
        done.align = bytes_of(array.dtype)
        return context.get_dummy_value()

    return types.void(array, types.int64, tile), generate


@intrinsic
def fetch(typingctx, array, index):
    """Have the tile that begins at `index` on its way into the second-level cache; it may lie beyond the array."""

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        at = builder.bitcast(builder.gep(data, [args[1]]), _BYTES)
        sort = ir.FunctionType(ir.VoidType(), [_BYTES, _INT, _INT, _INT])
        ask = cgutils.get_or_insert_function(builder.module, sort, "llvm.prefetch.p0i8")
        for line in range(0, REGISTERS * REGISTER_BYTES, LINE):
            there = builder.gep(at, [ir.Constant(_INT, line)])
            builder.call(ask, [there, *(ir.Constant(_INT, k) for k in (0, 2, 1))])  # to read, second level, data
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def zeros(typingctx, array):
    """A tile of zeros of the array's type."""

    def generate(context, builder, signature, args):
        return ir.Constant(context.get_value_type(signature.return_type), None)

    return Tile(array.dtype)(array), generate


@intrinsic
def zeros_of(typingctx, x):
    """A tile of zeros of the same length."""

    def generate(context, builder, signature, args):
        return ir.Constant(context.get_value_type(signature.return_type), None)

    return x(x), generate


@intrinsic
def raised(typingctx, x, number):
    """The tile plus one number for all."""

    def generate(context, builder, signature, args):
        return builder.fadd(args[0], _spread(builder, args[0].type, args[1]), flags=FREE)

    return x(x, x.dtype), generate


@intrinsic
def times(typingctx, x, y):
    """Product of two tiles, number by number."""

    def generate(context, builder, signature, args):
        return builder.fmul(*args, flags=FREE)

    return x(x, y), generate


@intrinsic
def added(typingctx, x, y):
    """Sum of two tiles."""

    def generate(context, builder, signature, args):
        return builder.fadd(*args, flags=FREE)

    return x(x, y), generate


@intrinsic
def minus(typingctx, x, y):
    """Difference of two tiles."""

    def generate(context, builder, signature, args):
        return builder.fsub(*args, flags=FREE)

    return x(x, y), generate


@intrinsic
def together(typingctx, x):
    """Sum of all numbers of a tile."""

    def generate(context, builder, signature, args):
        (sum_,) = args
        n = sum_.type.count
        while n > 1:
            n //= 2
            halves = [builder.shuffle_vector(sum_, sum_, _whole(range(at, at + n))) for at in (0, n)]
            sum_ = builder.fadd(*halves)
        return builder.extract_element(sum_, ir.Constant(_INT, 0))

    return x.dtype(x), generate


@intrinsic
def plus(typingctx, z, x, y):
    """Sum z + x y, number by number; x a tile, or one number for all."""

    def generate(context, builder, signature, args):
        z_, x_, y_ = args
        if not isinstance(x, Tile):
            x_ = _spread(builder, context.get_value_type(z), x_)
        return builder.fadd(z_, builder.fmul(x_, y_, flags=FREE), flags=FREE)

    return z(z, x, y), generate


def _exchange(bit: int):
    @intrinsic
    def exchanged(typingctx, x):
        """The tile with numbers i and i ^ bit exchanged."""

        def generate(context, builder, signature, args):
            return builder.shuffle_vector(args[0], args[0], _whole(i ^ bit for i in range(args[0].type.count)))

        return x(x), generate

    return exchanged


exchanged_1, exchanged_2, exchanged_4, exchanged_8 = (_exchange(bit) for bit in (1, 2, 4, 8))


@intrinsic
def ones(typingctx, number):
    """How many bits of a whole number are set."""

    def generate(context, builder, signature, args):
        return builder.ctpop(args[0])

    return types.int64(types.int64), generate
