/* CRC-32C (Castagnoli, as in iSCSI), by the processor's instruction where there is one. Pure; any thread. */
#ifndef LEAT_LOG_RECORD_CRC_H
#define LEAT_LOG_RECORD_CRC_H

#include "base/slice.h"

/* Goes on from `crc` (0 for the first part): crc(crc(0, a), b) is the CRC of a and b joined. */
uint32_t record_crc(uint32_t crc, struct slice bytes);
/* The same without the instruction: what the other is tested against. */
uint32_t record_crc_portable(uint32_t crc, struct slice bytes);

#endif
