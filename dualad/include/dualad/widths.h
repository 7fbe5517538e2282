/* The widths that dualad/scalar.pxd declares. */
#ifndef DUALAD_WIDTHS_H
#define DUALAD_WIDTHS_H
#define DUALAD_WIDTH 2
#include "dualad/width.h"
#define DUALAD_WIDTH 3
#include "dualad/width.h"
#define DUALAD_WIDTH 4
#include "dualad/width.h"
#define DUALAD_WIDTH 8
#include "dualad/width.h"
#define DUALAD_WIDTH 2
#include "dualad/hess.h"
#define DUALAD_WIDTH 3
#include "dualad/hess.h"
#define DUALAD_WIDTH 4
#include "dualad/hess.h"
#endif
