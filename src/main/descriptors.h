/* Standard input, output and error that the caller closed. */
#ifndef LEAT_MAIN_DESCRIPTORS_H
#define LEAT_MAIN_DESCRIPTORS_H

/* Opens /dev/null for each of the three that is closed, before anything else is opened: the next file would get its
 * number, and the log's lines would go into that file. First thing of main. */
void descriptors_fill(void);

#endif
