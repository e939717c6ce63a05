/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Splitting a polled bio.
 *
 * A bio that is split goes on in rounds: after each part the rest is submitted
 * anew, so that no clone has to wait for memory which others hold that cannot be
 * issued before. That doubles the cost of a part. Of a polled bio, several parts
 * are mapped in one round: its targets never wait, and neither does a further
 * clone. If there is no memory for it at once, the rest takes another round.
 */
#ifndef DM_POLL_SPLIT_H
#define DM_POLL_SPLIT_H

#include <linux/blk-crypto.h>

#include "dm-core.h"

/* How many clones of a round are not issued yet at most. */
#define DM_POLL_PARTS	16

/* How to allocate a clone: only the first one, which is part of @io, may wait. */
static inline gfp_t dm_poll_clone_gfp(struct dm_io *io)
{
	return io->tio.io ? GFP_NOWAIT : GFP_NOIO;
}

/*
 * May a further clone be made in this round? Not where it would wait for memory
 * of an encryption context or of integrity data, and not while the reserve of
 * clones is touched: that is for those who cannot do without.
 */
static inline bool dm_poll_goes_on(struct dm_io *io, unsigned int parts)
{
	mempool_t *pool = &io->md->bs.bio_pool;
	struct bio *bio = io->orig_bio;

	return (bio->bi_opf & REQ_HIPRI) && parts < DM_POLL_PARTS &&
	       !bio_has_crypt_ctx(bio) && !bio_integrity(bio) &&
	       READ_ONCE(pool->curr_nr) >= pool->min_nr;
}

/* Is it time to submit the rest anew? @error is what the last part ended with. */
static inline bool dm_poll_splits(struct dm_io *io, unsigned int parts,
				  int *error)
{
	if (*error == -EBUSY) {
		*error = 0;
		return true;
	}
	return !*error && !dm_poll_goes_on(io, parts);
}

#endif /* DM_POLL_SPLIT_H */
