#include "textflag.h"

// The vector forms of kernels.go. All take n > 0, a multiple of 32 elements (128 bytes
// for those over bytes). A sum is that of checksum64: 64-bit words, modulo 2^64.

// Constants of the bfloat16 rounding, eight lanes each by broadcast.
DATA half<>+0(SB)/4, $0x00007fff
GLOBL half<>(SB), RODATA|NOPTR, $4
DATA one<>+0(SB)/4, $0x00000001
GLOBL one<>(SB), RODATA|NOPTR, $4
DATA quiet<>+0(SB)/4, $0x00400000
GLOBL quiet<>(SB), RODATA|NOPTR, $4
DATA upper<>+0(SB)/4, $0xffff0000
GLOBL upper<>(SB), RODATA|NOPTR, $4
DATA exponent<>+0(SB)/4, $0x7f800000
GLOBL exponent<>(SB), RODATA|NOPTR, $4

// FOLD(y, x, t, out): the sum of y's four words. x and t are the lower halves of y and of
// a register to spare.
#define FOLD(y, x, t, out) \
	VEXTRACTI128 $1, y, t \
	VPADDQ       t, x, x  \
	VPSRLDQ      $8, x, t \
	VPADDQ       t, x, x  \
	VMOVQ        x, out

// func sumAVX2(src *byte, n int) (sum uint64)
TEXT ·sumAVX2(SB), NOSPLIT, $0-24
	MOVQ  src+0(FP), SI
	MOVQ  n+8(FP), CX
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5

sumLoop:
	VPADDQ (SI), Y4, Y4
	VPADDQ 32(SI), Y5, Y5
	VPADDQ 64(SI), Y4, Y4
	VPADDQ 96(SI), Y5, Y5
	ADDQ   $128, SI
	SUBQ   $128, CX
	JNZ    sumLoop
	VPADDQ Y5, Y4, Y4
	FOLD(Y4, X4, X5, AX)
	MOVQ   AX, sum+16(FP)
	VZEROUPPER
	RET

// func copySumAVX2(dst, src *byte, n int) (sum uint64)
TEXT ·copySumAVX2(SB), NOSPLIT, $0-32
	MOVQ  dst+0(FP), DI
	MOVQ  src+8(FP), SI
	MOVQ  n+16(FP), CX
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5

copyLoop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VMOVDQU 64(SI), Y2
	VMOVDQU 96(SI), Y3
	VPADDQ  Y0, Y4, Y4
	VPADDQ  Y1, Y5, Y5
	VPADDQ  Y2, Y4, Y4
	VPADDQ  Y3, Y5, Y5
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 32(DI)
	VMOVDQU Y2, 64(DI)
	VMOVDQU Y3, 96(DI)
	ADDQ    $128, SI
	ADDQ    $128, DI
	SUBQ    $128, CX
	JNZ     copyLoop
	VPADDQ  Y5, Y4, Y4
	FOLD(Y4, X4, X5, AX)
	MOVQ    AX, sum+24(FP)
	VZEROUPPER
	RET

// func addFloat32AVX2(dst, src *float32, n int) (sum uint64)
TEXT ·addFloat32AVX2(SB), NOSPLIT, $0-32
	MOVQ  dst+0(FP), DI
	MOVQ  src+8(FP), SI
	MOVQ  n+16(FP), CX
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9

addLoop:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VMOVUPS 64(SI), Y6
	VMOVUPS 96(SI), Y7
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS 64(DI), Y2
	VMOVUPS 96(DI), Y3
	VPADDQ  Y4, Y8, Y8
	VPADDQ  Y5, Y9, Y9
	VPADDQ  Y6, Y8, Y8
	VPADDQ  Y7, Y9, Y9
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, DI
	ADDQ    $128, SI
	SUBQ    $32, CX
	JNZ     addLoop
	VPADDQ  Y9, Y8, Y8
	FOLD(Y8, X8, X9, AX)
	MOVQ    AX, sum+24(FP)
	VZEROUPPER
	RET

// func addBothFloat32AVX2(x, p *float32, n int) (before, after uint64)
TEXT ·addBothFloat32AVX2(SB), NOSPLIT, $0-40
	MOVQ  x+0(FP), DI
	MOVQ  p+8(FP), SI
	MOVQ  n+16(FP), CX
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9
	VPXOR Y10, Y10, Y10
	VPXOR Y11, Y11, Y11

bothLoop:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VMOVUPS 64(SI), Y6
	VMOVUPS 96(SI), Y7
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS 64(DI), Y2
	VMOVUPS 96(DI), Y3
	VPADDQ  Y4, Y8, Y8
	VPADDQ  Y5, Y9, Y9
	VPADDQ  Y6, Y8, Y8
	VPADDQ  Y7, Y9, Y9
	VADDPS  Y4, Y0, Y0
	VADDPS  Y5, Y1, Y1
	VADDPS  Y6, Y2, Y2
	VADDPS  Y7, Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	VMOVUPS Y0, (SI)
	VMOVUPS Y1, 32(SI)
	VMOVUPS Y2, 64(SI)
	VMOVUPS Y3, 96(SI)
	VPADDQ  Y0, Y10, Y10
	VPADDQ  Y1, Y11, Y11
	VPADDQ  Y2, Y10, Y10
	VPADDQ  Y3, Y11, Y11
	ADDQ    $128, DI
	ADDQ    $128, SI
	SUBQ    $32, CX
	JNZ     bothLoop
	VPADDQ  Y9, Y8, Y8
	VPADDQ  Y11, Y10, Y10
	FOLD(Y8, X8, X9, AX)
	MOVQ    AX, before+24(FP)
	FOLD(Y10, X10, X11, AX)
	MOVQ    AX, after+32(FP)
	VZEROUPPER
	RET

// ROUND(v, r, t, u): r = v rounded to bfloat16, in a float32's bits with garbage in the
// lower half. v stays; t and u are overwritten. Y8 to Y11 are half, one, quiet, upper.
#define ROUND(v, r, t, u) \
	VPSRLD    $16, v, t     \
	VPAND     Y9, t, t      \
	VPADDD    Y8, v, r      \
	VPADDD    t, r, r       \
	VCMPPS    $3, v, v, t   \
	VPOR      Y10, v, u     \
	VPBLENDVB t, u, r, r

// PACK(a, b, out): the upper halves of the 16 lanes of a and b, in order.
#define PACK(a, b, out) \
	VPSRLD    $16, a, a \
	VPSRLD    $16, b, b \
	VPACKUSDW b, a, out \
	VPERMQ    $0xd8, out, out

// LOST(v, r, lost): v - r, or 0 where that is not finite. Y12 is exponent; Y13 and Y14
// are overwritten.
#define LOST(v, r, lost) \
	VSUBPS   r, v, Y13        \
	VPAND    Y12, Y13, Y14    \
	VPCMPEQD Y12, Y14, Y14    \
	VPANDN   Y13, Y14, lost

#define CONSTANTS \
	VPBROADCASTD half<>(SB), Y8   \
	VPBROADCASTD one<>(SB), Y9    \
	VPBROADCASTD quiet<>(SB), Y10 \
	VPBROADCASTD upper<>(SB), Y11 \
	VPBROADCASTD exponent<>(SB), Y12

// func encodeBFloat16AVX2(dst *uint16, src, lost *float32, n int) (sum uint64)
// lost may be nil.
TEXT ·encodeBFloat16AVX2(SB), NOSPLIT, $0-40
	MOVQ  dst+0(FP), DI
	MOVQ  src+8(FP), SI
	MOVQ  lost+16(FP), DX
	MOVQ  n+24(FP), CX
	VPXOR Y7, Y7, Y7
	CONSTANTS

encodeLoop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	ROUND(Y0, Y2, Y4, Y5)
	ROUND(Y1, Y3, Y4, Y5)
	VPAND   Y11, Y2, Y4
	VPAND   Y11, Y3, Y5
	VMOVDQU Y4, (SI)
	VMOVDQU Y5, 32(SI)
	TESTQ   DX, DX
	JZ      encodePack
	LOST(Y0, Y4, Y6)
	VMOVDQU Y6, (DX)
	LOST(Y1, Y5, Y6)
	VMOVDQU Y6, 32(DX)
	ADDQ    $64, DX

encodePack:
	PACK(Y2, Y3, Y4)
	VMOVDQU Y4, (DI)
	VPADDQ  Y4, Y7, Y7
	ADDQ    $64, SI
	ADDQ    $32, DI
	SUBQ    $16, CX
	JNZ     encodeLoop
	FOLD(Y7, X7, X6, AX)
	MOVQ    AX, sum+32(FP)
	VZEROUPPER
	RET

// func addBothBFloat16AVX2(x *float32, p *uint16, lost *float32, n int) (before, after uint64)
// lost may be nil.
TEXT ·addBothBFloat16AVX2(SB), NOSPLIT, $0-48
	MOVQ  x+0(FP), SI
	MOVQ  p+8(FP), DI
	MOVQ  lost+16(FP), DX
	MOVQ  n+24(FP), CX
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	CONSTANTS

bothHalfLoop:
	VMOVDQU      (DI), Y2
	VPADDQ       Y2, Y6, Y6
	VPMOVZXWD    X2, Y0
	VEXTRACTI128 $1, Y2, X2
	VPMOVZXWD    X2, Y1
	VPSLLD       $16, Y0, Y0
	VPSLLD       $16, Y1, Y1
	VMOVUPS      (SI), Y4
	VMOVUPS      32(SI), Y5
	VADDPS       Y0, Y4, Y0
	VADDPS       Y1, Y5, Y1
	ROUND(Y0, Y2, Y4, Y5)
	ROUND(Y1, Y3, Y4, Y5)
	VPAND        Y11, Y2, Y4
	VPAND        Y11, Y3, Y5
	VMOVDQU      Y4, (SI)
	VMOVDQU      Y5, 32(SI)
	TESTQ        DX, DX
	JZ           bothHalfPack
	LOST(Y0, Y4, Y15)
	VMOVDQU      Y15, (DX)
	LOST(Y1, Y5, Y15)
	VMOVDQU      Y15, 32(DX)
	ADDQ         $64, DX

bothHalfPack:
	PACK(Y2, Y3, Y4)
	VMOVDQU Y4, (DI)
	VPADDQ  Y4, Y7, Y7
	ADDQ    $64, SI
	ADDQ    $32, DI
	SUBQ    $16, CX
	JNZ     bothHalfLoop
	FOLD(Y6, X6, X5, AX)
	MOVQ    AX, before+32(FP)
	FOLD(Y7, X7, X5, AX)
	MOVQ    AX, after+40(FP)
	VZEROUPPER
	RET

// WIDEN reads 32 halves at SI, adds them to the sum in Y8 and Y9, and leaves them as
// floats in Y0 to Y3.
#define WIDEN \
	VMOVDQU      (SI), Y0    \
	VMOVDQU      32(SI), Y2  \
	VPADDQ       Y0, Y8, Y8  \
	VPADDQ       Y2, Y9, Y9  \
	VEXTRACTI128 $1, Y0, X1  \
	VEXTRACTI128 $1, Y2, X3  \
	VPMOVZXWD    X0, Y0      \
	VPMOVZXWD    X1, Y1      \
	VPMOVZXWD    X2, Y2      \
	VPMOVZXWD    X3, Y3      \
	VPSLLD       $16, Y0, Y0 \
	VPSLLD       $16, Y1, Y1 \
	VPSLLD       $16, Y2, Y2 \
	VPSLLD       $16, Y3, Y3

// func addBFloat16AVX2(dst *float32, src *uint16, n int) (sum uint64)
TEXT ·addBFloat16AVX2(SB), NOSPLIT, $0-32
	MOVQ  dst+0(FP), DI
	MOVQ  src+8(FP), SI
	MOVQ  n+16(FP), CX
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9

addHalfLoop:
	WIDEN
	VMOVUPS (DI), Y4
	VMOVUPS 32(DI), Y5
	VMOVUPS 64(DI), Y6
	VMOVUPS 96(DI), Y7
	VADDPS  Y0, Y4, Y4
	VADDPS  Y1, Y5, Y5
	VADDPS  Y2, Y6, Y6
	VADDPS  Y3, Y7, Y7
	VMOVUPS Y4, (DI)
	VMOVUPS Y5, 32(DI)
	VMOVUPS Y6, 64(DI)
	VMOVUPS Y7, 96(DI)
	ADDQ    $64, SI
	ADDQ    $128, DI
	SUBQ    $32, CX
	JNZ     addHalfLoop
	VPADDQ  Y9, Y8, Y8
	FOLD(Y8, X8, X9, AX)
	MOVQ    AX, sum+24(FP)
	VZEROUPPER
	RET

// func copyBFloat16AVX2(dst *float32, src *uint16, n int) (sum uint64)
TEXT ·copyBFloat16AVX2(SB), NOSPLIT, $0-32
	MOVQ  dst+0(FP), DI
	MOVQ  src+8(FP), SI
	MOVQ  n+16(FP), CX
	VPXOR Y8, Y8, Y8
	VPXOR Y9, Y9, Y9

copyHalfLoop:
	WIDEN
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $64, SI
	ADDQ    $128, DI
	SUBQ    $32, CX
	JNZ     copyHalfLoop
	VPADDQ  Y9, Y8, Y8
	FOLD(Y8, X8, X9, AX)
	MOVQ    AX, sum+24(FP)
	VZEROUPPER
	RET
