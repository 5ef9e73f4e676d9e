/* Calls that this project does not use, turned into compile errors.
 *
 * Each has a safer relative: slices and buffers for strings, the clock seam for time, base/random.h for chance. */
#ifndef LEAT_BASE_BANNED_H
#define LEAT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol gets rand srand
#pragma GCC poison gmtime localtime sleep usleep

#endif
