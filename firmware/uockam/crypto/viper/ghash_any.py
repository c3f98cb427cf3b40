"""The product of GHASH in native code for any processor; see gcm.py."""
# ruff: noqa: F821

import micropython


@micropython.viper
def multiply(x: ptr32, y: ptr32, product: ptr32):
    """Add the lower halves of all products of the 4 words of one factor and the 4 of another, of which each is taken
    apart into 4, to the 7 words of the product.
    """
    m0 = 0x1111
    m0 |= m0 << 16
    m1 = m0 << 1
    m2 = m0 << 2
    m3 = m0 << 3
    for at in range(4):
        word = x[at]
        x0 = word & m0
        x1 = word & m1
        x2 = word & m2
        x3 = word & m3
        for other in range(4):
            y0 = y[4 * other]
            y1 = y[4 * other + 1]
            y2 = y[4 * other + 2]
            y3 = y[4 * other + 3]
            word = ((x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1)) & m0
            word |= ((x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2)) & m1
            word |= ((x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3)) & m2
            word |= ((x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0)) & m3
            product[at + other] = product[at + other] ^ word
