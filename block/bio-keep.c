// SPDX-License-Identifier: GPL-2.0
/*
 * Bios of polled IO that are kept for reuse.
 *
 * Whoever polls submits, finds the completion, and submits again, on one CPU and
 * in process context. So the memory of the last bio is at hand, and warm, when
 * the next one needs some: a small list for each CPU saves the way through
 * mempool, slab and back.
 *
 * Only tasks use the lists, and with preemption disabled; interrupts, which may
 * come in between, go to the mempool. So no lock is needed, nor are interrupts
 * disabled.
 *
 * The mempool's reserve comes first: whoever waits for it must be sure that all
 * that was taken from it comes back. Hence nothing is kept unless the reserve is
 * whole without it.
 */
#include <linux/percpu.h>

#include "bio-keep.h"

struct bio_kept {
	void		**first;	/* each begins with where the next is */
	unsigned int	nr;
};

/**
 * bio_keep_init - let a bio_set keep bios of polled IO
 * @bs: bio_set that is being initialized
 *
 * With KASAN nothing is kept, for then it sees when freed memory is used.
 *
 * Context: may sleep.
 * Return: false if there is no memory.
 */
bool bio_keep_init(struct bio_set *bs)
{
	if (IS_ENABLED(CONFIG_KASAN))
		return true;
	bs->kept = alloc_percpu(struct bio_kept);
	return bs->kept;
}

/**
 * bio_keep_exit - free all that a bio_set keeps
 * @bs: bio_set that nobody uses any more; its mempool is still there
 *
 * Context: may sleep.
 */
void bio_keep_exit(struct bio_set *bs)
{
	int cpu;

	if (!bs->kept)
		return;
	for_each_possible_cpu(cpu) {
		struct bio_kept *kept = per_cpu_ptr(bs->kept, cpu);

		while (kept->first) {
			void **p = kept->first;

			kept->first = *p;
			mempool_free(p, &bs->bio_pool);
		}
	}
	free_percpu(bs->kept);
	bs->kept = NULL;
}

void *__bio_take_kept(struct bio_set *bs)
{
	struct bio_kept *kept;
	void **p;

	if (!in_task())
		return NULL;
	kept = get_cpu_ptr(bs->kept);
	p = kept->first;
	if (p) {
		kept->first = *p;
		kept->nr--;
	}
	put_cpu_ptr(bs->kept);
	return p;
}

bool __bio_keep(struct bio_set *bs, void *p)
{
	struct bio_kept *kept;
	bool keep;

	if (!in_task() ||
	    READ_ONCE(bs->bio_pool.curr_nr) < bs->bio_pool.min_nr)
		return false;
	kept = get_cpu_ptr(bs->kept);
	keep = kept->nr < BIO_KEEP_MAX;
	if (keep) {
		*(void **)p = kept->first;
		kept->first = p;
		kept->nr++;
	}
	put_cpu_ptr(bs->kept);
	return keep;
}
