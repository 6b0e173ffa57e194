#include "textflag.h"

// The vector forms of kernels.go. All take n > 0, a multiple of 32.

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

// func addFloat32AVX2(dst, src *float32, n int)
TEXT ·addFloat32AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

addLoop:
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVUPS 64(DI), Y2
	VMOVUPS 96(DI), Y3
	VADDPS  (SI), Y0, Y0
	VADDPS  32(SI), Y1, Y1
	VADDPS  64(SI), Y2, Y2
	VADDPS  96(SI), Y3, Y3
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	ADDQ    $128, DI
	ADDQ    $128, SI
	SUBQ    $32, CX
	JNZ     addLoop
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

#define CONSTANTS \
	VPBROADCASTD half<>(SB), Y8  \
	VPBROADCASTD one<>(SB), Y9   \
	VPBROADCASTD quiet<>(SB), Y10 \
	VPBROADCASTD upper<>(SB), Y11

// func encodeBFloat16AVX2(dst *uint16, src *float32, n int)
TEXT ·encodeBFloat16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX
	CONSTANTS

encodeLoop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	ROUND(Y0, Y2, Y4, Y5)
	ROUND(Y1, Y3, Y6, Y7)
	VPAND   Y11, Y2, Y4
	VPAND   Y11, Y3, Y6
	VMOVDQU Y4, (SI)
	VMOVDQU Y6, 32(SI)
	PACK(Y2, Y3, Y4)
	VMOVDQU Y4, (DI)
	ADDQ    $64, SI
	ADDQ    $32, DI
	SUBQ    $16, CX
	JNZ     encodeLoop
	VZEROUPPER
	RET

// LOST(v, r, lost): v - r, or 0 where that is not finite. Y12 is exponent; Y13 and Y14
// are overwritten.
#define LOST(v, r, lost) \
	VSUBPS   r, v, Y13        \
	VPAND    Y12, Y13, Y14    \
	VPCMPEQD Y12, Y14, Y14    \
	VPANDN   Y13, Y14, lost

// func encodeBFloat16KeepingAVX2(dst *uint16, src, lost *float32, n int)
TEXT ·encodeBFloat16KeepingAVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ lost+16(FP), DX
	MOVQ n+24(FP), CX
	CONSTANTS
	VPBROADCASTD exponent<>(SB), Y12

keepLoop:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	ROUND(Y0, Y2, Y4, Y5)
	ROUND(Y1, Y3, Y6, Y7)
	VPAND   Y11, Y2, Y4
	VPAND   Y11, Y3, Y6
	VMOVDQU Y4, (SI)
	VMOVDQU Y6, 32(SI)
	LOST(Y0, Y4, Y5)
	LOST(Y1, Y6, Y7)
	VMOVDQU Y5, (DX)
	VMOVDQU Y7, 32(DX)
	PACK(Y2, Y3, Y4)
	VMOVDQU Y4, (DI)
	ADDQ    $64, SI
	ADDQ    $64, DX
	ADDQ    $32, DI
	SUBQ    $16, CX
	JNZ     keepLoop
	VZEROUPPER
	RET

// func addBFloat16AVX2(dst *float32, src *uint16, n int)
TEXT ·addBFloat16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

addHalfLoop:
	VPMOVZXWD (SI), Y0
	VPMOVZXWD 16(SI), Y1
	VPMOVZXWD 32(SI), Y2
	VPMOVZXWD 48(SI), Y3
	VPSLLD    $16, Y0, Y0
	VPSLLD    $16, Y1, Y1
	VPSLLD    $16, Y2, Y2
	VPSLLD    $16, Y3, Y3
	VMOVUPS   (DI), Y4
	VMOVUPS   32(DI), Y5
	VMOVUPS   64(DI), Y6
	VMOVUPS   96(DI), Y7
	VADDPS    Y0, Y4, Y4
	VADDPS    Y1, Y5, Y5
	VADDPS    Y2, Y6, Y6
	VADDPS    Y3, Y7, Y7
	VMOVUPS   Y4, (DI)
	VMOVUPS   Y5, 32(DI)
	VMOVUPS   Y6, 64(DI)
	VMOVUPS   Y7, 96(DI)
	ADDQ      $64, SI
	ADDQ      $128, DI
	SUBQ      $32, CX
	JNZ       addHalfLoop
	VZEROUPPER
	RET

// func copyBFloat16AVX2(dst *float32, src *uint16, n int)
TEXT ·copyBFloat16AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ n+16(FP), CX

copyHalfLoop:
	VPMOVZXWD (SI), Y0
	VPMOVZXWD 16(SI), Y1
	VPMOVZXWD 32(SI), Y2
	VPMOVZXWD 48(SI), Y3
	VPSLLD    $16, Y0, Y0
	VPSLLD    $16, Y1, Y1
	VPSLLD    $16, Y2, Y2
	VPSLLD    $16, Y3, Y3
	VMOVUPS   Y0, (DI)
	VMOVUPS   Y1, 32(DI)
	VMOVUPS   Y2, 64(DI)
	VMOVUPS   Y3, 96(DI)
	ADDQ      $64, SI
	ADDQ      $128, DI
	SUBQ      $32, CX
	JNZ       copyHalfLoop
	VZEROUPPER
	RET
