/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bios of polled IO that are kept for reuse.
 */
#ifndef BIO_KEEP_H
#define BIO_KEEP_H

#include <linux/bio.h>

/* At most so many for each CPU and bio_set: what an io_uring submits at once. */
#define BIO_KEEP_MAX	64

bool bio_keep_init(struct bio_set *bs);
void bio_keep_exit(struct bio_set *bs);
void *__bio_take_kept(struct bio_set *bs);
bool __bio_keep(struct bio_set *bs, void *p);

/**
 * bio_take_kept - take what was kept of an earlier bio, if anything was
 * @bs: the bio_set to allocate from
 *
 * Context: any.
 * Return: memory as @bs->bio_pool would give it, or NULL.
 */
static inline void *bio_take_kept(struct bio_set *bs)
{
	return bs->kept ? __bio_take_kept(bs) : NULL;
}

/**
 * bio_keep - keep the memory of a bio for the next one, if it was polled
 * @bs: its bio_set
 * @bio: the bio, of which nothing but this memory is left
 * @p: the memory, as it came from @bs->bio_pool
 *
 * Context: any.
 * Return: false if the caller has to free it.
 */
static inline bool bio_keep(struct bio_set *bs, const struct bio *bio, void *p)
{
	return bs->kept && (bio->bi_opf & REQ_HIPRI) && __bio_keep(bs, p);
}

#endif /* BIO_KEEP_H */
