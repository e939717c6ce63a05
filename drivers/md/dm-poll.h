/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IO polling for bio-based device-mapper devices.
 */
#ifndef DM_POLL_H
#define DM_POLL_H

struct dm_table;
struct request_queue;

void dm_table_set_poll(struct dm_table *t, struct request_queue *q);

#endif /* DM_POLL_H */
