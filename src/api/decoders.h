/* The decoders of the protocols, behind api_decode_*: for any table, so that tests can read answers as well. values is
 * the zeroed struct that the table describes. */
#ifndef LEAT_API_DECODERS_H
#define LEAT_API_DECODERS_H

#include "api/api.h"

bool api_decode_json_table(struct arena *arena, struct slice body, const struct api_table *table,
                           void *values, struct api_error *ret_error);
bool api_decode_query_table(struct arena *arena, const struct api_parameters *parameters,
                            const struct api_table *table, void *values,
                            struct api_error *ret_error);

#endif
