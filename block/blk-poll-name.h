/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of hw queues, and the cookie made of them.
 *
 * A bio that a bio-based driver took may become many requests on many hw
 * queues. Its submitter gets one blk_qc_t to poll with. That is not a place for
 * pointers, so hw queues get names, of which the cookie holds
 *
 *	one, whole:	0 | hctx (15 bits) | queue id (16 bits)		"exact"
 *	or many, hashed: 1 | 30 bits, one for each hash value | 0	"set"
 *
 * Neither can be BLK_QC_T_NONE: bit 31 of the first and bit 0 of the second are
 * 0. Nearly all IO goes to one hw queue, hence is named exactly.
 *
 * A name is a hint. It holds nothing alive, and what it names may be gone or,
 * with ids used again, be another: then a poll finds nothing of ours, and there
 * was nothing to be found, for a queue does not go before its IO. A name that
 * shares its hash value with another costs a poll in vain.
 *
 * The hw queue number is in the upper half, as in the cookie of a blk-mq queue:
 * io_uring compares that half to tell if all its IO is on one hw queue.
 */
#ifndef BLK_POLL_NAME_H
#define BLK_POLL_NAME_H

#include <linux/blkdev.h>

#define BLK_POLL_ID_BITS	16
#define BLK_POLL_HCTX_BITS	15
#define BLK_POLL_SET		((blk_qc_t)BIT(31))
#define BLK_POLL_SET_VALUES	30

/* The set that holds every hw queue. */
#define BLK_POLL_SET_ALL	(BLK_QC_T_NONE - 1)

/*
 * The set that holds one hw queue. Neighbours get different bits, be they hw
 * queues of one queue, or the same hw queue of queues with consecutive ids: 11
 * has no factor in common with 30.
 */
static inline blk_qc_t blk_poll_set_of(unsigned int id, unsigned int hctx)
{
	return BLK_POLL_SET | 2u << (id * 11 + hctx) % BLK_POLL_SET_VALUES;
}

/* The exact name of one hw queue, or a set where the numbers are too large. */
static inline blk_qc_t blk_poll_name_of(unsigned int id, unsigned int hctx)
{
	if (id >> BLK_POLL_ID_BITS || hctx >> BLK_POLL_HCTX_BITS)
		return blk_poll_set_of(id, hctx);
	return hctx << BLK_POLL_ID_BITS | id;
}

static inline bool blk_poll_is_set(blk_qc_t cookie)
{
	return cookie & BLK_POLL_SET;
}

/* The two parts of an exact name. */
static inline unsigned int blk_poll_name_id(blk_qc_t name)
{
	return name & ((1u << BLK_POLL_ID_BITS) - 1);
}

static inline unsigned int blk_poll_name_hctx(blk_qc_t name)
{
	return name >> BLK_POLL_ID_BITS;
}

static inline blk_qc_t blk_poll_to_set(blk_qc_t cookie)
{
	if (blk_poll_is_set(cookie))
		return cookie;
	return blk_poll_set_of(blk_poll_name_id(cookie),
			       blk_poll_name_hctx(cookie));
}

/**
 * blk_poll_merge - the cookie that names all that either of two names
 * @a: cookie of a bio-based queue, or BLK_QC_T_NONE
 * @b: the same
 *
 * Return: exact if one is all there is to name, else a set.
 */
static inline blk_qc_t blk_poll_merge(blk_qc_t a, blk_qc_t b)
{
	if (a == b || !blk_qc_t_valid(b))
		return a;
	if (!blk_qc_t_valid(a))
		return b;
	return blk_poll_to_set(a) | blk_poll_to_set(b);
}

/* Does a set hold this hw queue (or one with the same hash value)? */
static inline bool blk_poll_in_set(blk_qc_t set, unsigned int id,
				   unsigned int hctx)
{
	return !(blk_poll_set_of(id, hctx) & ~set);
}

int blk_poll_reserve_name(struct request_queue *q);
void blk_poll_name_queue(struct request_queue *q);
void blk_poll_forget_queue(struct request_queue *q);
struct request_queue *blk_poll_enter_named(blk_qc_t name);

#endif /* BLK_POLL_NAME_H */
