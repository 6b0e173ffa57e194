#include "textflag.h"

// The vector forms of int8kernels.go, over whole blocks of 256 elements. A sum is that of
// checksum64 over the bytes, without the scales.

DATA nan<>+0(SB)/4, $0x7fc00000
GLOBL nan<>(SB), RODATA|NOPTR, $4
DATA most<>+0(SB)/4, $0x42fe0000 // 127
GLOBL most<>(SB), RODATA|NOPTR, $4
DATA unit<>+0(SB)/4, $0x3f800000 // 1
GLOBL unit<>(SB), RODATA|NOPTR, $4

// Where VPACKSSDW and VPACKSSWB leave four bytes each, they are put in order by this.
DATA order<>+0(SB)/8, $0x0000000400000000
DATA order<>+8(SB)/8, $0x0000000500000001
DATA order<>+16(SB)/8, $0x0000000600000002
DATA order<>+24(SB)/8, $0x0000000700000003
GLOBL order<>(SB), RODATA|NOPTR, $32

// SUM4(y, x, t, out): the sum of y's four words. x and t are the lower halves of y and of a
// register to spare.
#define SUM4(y, x, t, out) \
	VEXTRACTI128 $1, y, t \
	VPADDQ       t, x, x  \
	VPSRLDQ      $8, x, t \
	VPADDQ       t, x, x  \
	VMOVQ        x, out

// SCALE(at): the scale at that address in all lanes of Y1.
#define SCALE(at) \
	MOVWLZX      (at), AX \
	SHLL         $16, AX  \
	VMOVD        AX, X1   \
	VBROADCASTSS X1, Y1

// PRODUCTS: the 32 bytes at DI times Y1, in Y4 to Y7.
#define PRODUCTS \
	VPMOVSXBD (DI), Y4   \
	VPMOVSXBD 8(DI), Y5  \
	VPMOVSXBD 16(DI), Y6 \
	VPMOVSXBD 24(DI), Y7 \
	VCVTDQ2PS Y4, Y4     \
	VCVTDQ2PS Y5, Y5     \
	VCVTDQ2PS Y6, Y6     \
	VCVTDQ2PS Y7, Y7     \
	VMULPS    Y1, Y4, Y4 \
	VMULPS    Y1, Y5, Y5 \
	VMULPS    Y1, Y6, Y6 \
	VMULPS    Y1, Y7, Y7

// ADDTO: the 32 elements at SI plus Y4 to Y7, there and in Y4 to Y7.
#define ADDTO \
	VADDPS  (SI), Y4, Y4   \
	VADDPS  32(SI), Y5, Y5 \
	VADDPS  64(SI), Y6, Y6 \
	VADDPS  96(SI), Y7, Y7 \
	STORE

#define STORE \
	VMOVUPS Y4, (SI)   \
	VMOVUPS Y5, 32(SI) \
	VMOVUPS Y6, 64(SI) \
	VMOVUPS Y7, 96(SI)

// LARGEST: the largest bits of magnitudes in Y4 to Y7 and Y0, lane by lane, in Y0. Y15 is the
// mask of a magnitude. As numbers without a sign the bits of NaN are beyond all others.
#define LARGEST \
	VPAND   Y15, Y4, Y4 \
	VPAND   Y15, Y5, Y5 \
	VPAND   Y15, Y6, Y6 \
	VPAND   Y15, Y7, Y7 \
	VPMAXUD Y5, Y4, Y4  \
	VPMAXUD Y7, Y6, Y6  \
	VPMAXUD Y4, Y0, Y0  \
	VPMAXUD Y6, Y0, Y0

// func roundInt8AVX2(q, scales *byte, x, lost *float32, blocks int, add bool) (before, after uint64)
// lost may be nil.
TEXT ·roundInt8AVX2(SB), NOSPLIT, $0-64
	MOVQ     q+0(FP), DI
	MOVQ     scales+8(FP), R8
	MOVQ     x+16(FP), SI
	MOVQ     lost+24(FP), DX
	MOVQ     blocks+32(FP), CX
	MOVBLZX  add+40(FP), R9
	VMOVDQU  order<>(SB), Y14
	VPCMPEQD Y15, Y15, Y15
	VPSRLD   $1, Y15, Y15
	VPXOR    Y12, Y12, Y12 // before
	VPXOR    Y13, Y13, Y13 // after

block:
	VPXOR Y0, Y0, Y0
	MOVQ  $8, R10
	TESTQ R9, R9
	JZ    ownLoop
	SCALE(R8)

addLoop:
	VPADDQ (DI), Y12, Y12
	PRODUCTS
	ADDTO
	LARGEST
	ADDQ   $32, DI
	ADDQ   $128, SI
	DECQ   R10
	JNZ    addLoop
	SUBQ   $256, DI
	JMP    scale

ownLoop:
	VMOVUPS (SI), Y4
	VMOVUPS 32(SI), Y5
	VMOVUPS 64(SI), Y6
	VMOVUPS 96(SI), Y7
	LARGEST
	ADDQ    $128, SI
	DECQ    R10
	JNZ     ownLoop

scale:
	SUBQ         $1024, SI
	MOVQ         $8, R10
	VEXTRACTI128 $1, Y0, X1
	VPMAXUD      X1, X0, X0
	VPSHUFD      $0x4e, X0, X1
	VPMAXUD      X1, X0, X0
	VPSHUFD      $0xb1, X0, X1
	VPMAXUD      X1, X0, X0
	VMOVD        X0, AX
	CMPL         AX, $0x7f800000
	JAE          notFinite

	// To the nearest bfloat16, ties to even.
	VDIVSS most<>(SB), X0, X0
	VMOVD  X0, AX
	MOVL   AX, BX
	SHRL   $16, BX
	ANDL   $1, BX
	LEAL   0x7fff(AX)(BX*1), AX
	SHRL   $16, AX
	VXORPS X2, X2, X2
	CMPL   AX, $0x0080
	JB     tooSmall
	MOVW   AX, (R8)
	SHLL   $16, AX
	VMOVD  AX, X1
	VMOVSS unit<>(SB), X2
	VDIVSS X1, X2, X2
	JMP    scaled

tooSmall:
	MOVW   $0, (R8)
	VXORPS X1, X1, X1

scaled:
	VBROADCASTSS X1, Y1 // the scale
	VBROADCASTSS X2, Y2 // its inverse

roundLoop:
	VMULPS    (SI), Y2, Y4
	VMULPS    32(SI), Y2, Y5
	VMULPS    64(SI), Y2, Y6
	VMULPS    96(SI), Y2, Y7
	VCVTPS2DQ Y4, Y8
	VCVTPS2DQ Y5, Y9
	VCVTPS2DQ Y6, Y10
	VCVTPS2DQ Y7, Y11
	VCVTDQ2PS Y8, Y4
	VCVTDQ2PS Y9, Y5
	VCVTDQ2PS Y10, Y6
	VCVTDQ2PS Y11, Y7
	VMULPS    Y1, Y4, Y4
	VMULPS    Y1, Y5, Y5
	VMULPS    Y1, Y6, Y6
	VMULPS    Y1, Y7, Y7
	VPACKSSDW Y9, Y8, Y8
	VPACKSSDW Y11, Y10, Y10
	VPACKSSWB Y10, Y8, Y8
	VPERMD    Y8, Y14, Y8
	VMOVDQU   Y8, (DI)
	VPADDQ    Y8, Y13, Y13
	TESTQ     DX, DX
	JZ        roundStore
	VMOVUPS   (SI), Y8
	VMOVUPS   32(SI), Y9
	VMOVUPS   64(SI), Y10
	VMOVUPS   96(SI), Y11
	VSUBPS    Y4, Y8, Y8
	VSUBPS    Y5, Y9, Y9
	VSUBPS    Y6, Y10, Y10
	VSUBPS    Y7, Y11, Y11
	VMOVUPS   Y8, (DX)
	VMOVUPS   Y9, 32(DX)
	VMOVUPS   Y10, 64(DX)
	VMOVUPS   Y11, 96(DX)
	ADDQ      $128, DX

roundStore:
	STORE
	ADDQ $32, DI
	ADDQ $128, SI
	DECQ R10
	JNZ  roundLoop
	JMP  next

notFinite:
	MOVW         $0x7fc0, (R8)
	VBROADCASTSS nan<>(SB), Y4
	VMOVAPS      Y4, Y5
	VMOVAPS      Y4, Y6
	VMOVAPS      Y4, Y7
	VPXOR        Y8, Y8, Y8

nanLoop:
	VMOVDQU Y8, (DI)
	STORE
	TESTQ   DX, DX
	JZ      nanNext
	VMOVUPS Y8, (DX)
	VMOVUPS Y8, 32(DX)
	VMOVUPS Y8, 64(DX)
	VMOVUPS Y8, 96(DX)
	ADDQ    $128, DX

nanNext:
	ADDQ $32, DI
	ADDQ $128, SI
	DECQ R10
	JNZ  nanLoop

next:
	ADDQ $2, R8
	DECQ CX
	JNZ  block
	SUM4(Y12, X12, X4, AX)
	MOVQ AX, before+48(FP)
	SUM4(Y13, X13, X4, AX)
	MOVQ AX, after+56(FP)
	VZEROUPPER
	RET

// func addInt8AVX2(x *float32, q, scales *byte, blocks int) (sum uint64)
TEXT ·addInt8AVX2(SB), NOSPLIT, $0-40
	MOVQ  x+0(FP), SI
	MOVQ  q+8(FP), DI
	MOVQ  scales+16(FP), R8
	MOVQ  blocks+24(FP), CX
	VPXOR Y12, Y12, Y12

addBlock:
	SCALE(R8)
	MOVQ $8, R10

addTurn:
	VPADDQ (DI), Y12, Y12
	PRODUCTS
	ADDTO
	ADDQ   $32, DI
	ADDQ   $128, SI
	DECQ   R10
	JNZ    addTurn
	ADDQ   $2, R8
	DECQ   CX
	JNZ    addBlock
	SUM4(Y12, X12, X4, AX)
	MOVQ   AX, sum+32(FP)
	VZEROUPPER
	RET

// func copyInt8AVX2(x *float32, q, scales *byte, blocks int) (sum uint64)
TEXT ·copyInt8AVX2(SB), NOSPLIT, $0-40
	MOVQ  x+0(FP), SI
	MOVQ  q+8(FP), DI
	MOVQ  scales+16(FP), R8
	MOVQ  blocks+24(FP), CX
	VPXOR Y12, Y12, Y12

copyBlock:
	SCALE(R8)
	MOVQ $8, R10

copyTurn:
	VPADDQ (DI), Y12, Y12
	PRODUCTS
	STORE
	ADDQ   $32, DI
	ADDQ   $128, SI
	DECQ   R10
	JNZ    copyTurn
	ADDQ   $2, R8
	DECQ   CX
	JNZ    copyBlock
	SUM4(Y12, X12, X4, AX)
	MOVQ   AX, sum+32(FP)
	VZEROUPPER
	RET
