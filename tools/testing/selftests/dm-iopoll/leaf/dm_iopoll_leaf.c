// SPDX-License-Identifier: GPL-2.0
/*
 * A blk-mq disk in memory for tests of IO polling: its polled hw queues complete
 * requests in ->poll() only, and only when they are told to.
 *
 * Each disk dmleafN has a file of its name in debugfs, below dm_iopoll_leaf/.
 * Read, it says what waits and who polled, a line for each hw queue. Written,
 * it takes one of
 *	hold 1|0		requests on polled hw queues stay until released
 *	release HCTX N		the N oldest of that hw queue may complete
 *	instant 1|0		requests complete at once, before they are issued
 *				as far as the block layer can tell
 *	error ERRNO SECTOR SECTORS NTH
 *				requests that touch the range complete with an
 *				error: all (NTH 0), or only the NTH
 *	reject ...		the same, at submission
 *	fail			all requests fail, from now on and those that wait
 *	queues N		change the number of polled hw queues
 *	remove			remove the disk, whoever has it open
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/debugfs.h>
#include <linux/highmem.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/xarray.h>

#define LEAF_MAX_QUEUES		128	/* of one disk */
#define LEAF_MINORS		4	/* the disk, and partitions */
#define LEAF_PAGE_SECTORS	(PAGE_SIZE >> SECTOR_SHIFT)

static uint devices = 1;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "number of disks");

static uint poll_queues = 1;
module_param(poll_queues, uint, 0444);
MODULE_PARM_DESC(poll_queues, "polled hw queues of each disk");

static uint irq_queues = 1;
module_param(irq_queues, uint, 0444);
MODULE_PARM_DESC(irq_queues, "other hw queues of each disk");

static uint depth = 64;
module_param(depth, uint, 0444);
MODULE_PARM_DESC(depth, "tags of each hw queue");

static uint size_mb = 128;
module_param(size_mb, uint, 0444);
MODULE_PARM_DESC(size_mb, "size of each disk, MiB; takes memory where it is written");

static uint latency_us;
module_param(latency_us, uint, 0644);
MODULE_PARM_DESC(latency_us, "microseconds that a request takes");

static uint timeout_ms = 2000;
module_param(timeout_ms, uint, 0444);
MODULE_PARM_DESC(timeout_ms, "milliseconds until a request that nobody polled for is told");

static uint max_sectors;
module_param(max_sectors, uint, 0444);
MODULE_PARM_DESC(max_sectors, "most sectors of a request; 0: no limit");

static uint chunk_sectors;
module_param(chunk_sectors, uint, 0444);
MODULE_PARM_DESC(chunk_sectors, "no request crosses a multiple of so many sectors; 0: any may");

static bool write_cache;
module_param(write_cache, bool, 0444);
MODULE_PARM_DESC(write_cache, "claim a volatile write cache");

static bool fua;
module_param(fua, bool, 0444);
MODULE_PARM_DESC(fua, "claim FUA writes");

static bool nowait = true;
module_param(nowait, bool, 0444);
MODULE_PARM_DESC(nowait, "claim REQ_NOWAIT");

/* A hw queue. */
struct leaf_queue {
	spinlock_t		lock;		/* of all below, and of leaf_cmd->waits */
	struct list_head	waiting;	/* polled requests, oldest first */
	unsigned int		nr_waiting;
	unsigned int		released;	/* so many may complete in spite of hold */
	unsigned long		polls;		/* calls of ->poll() */
	unsigned long		hits;		/* those that found something */
	struct cpumask		pollers;	/* where they ran */
};

/* Which requests get an error. */
struct leaf_error {
	int			err;		/* negative errno; 0: none */
	bool			reject;
	sector_t		first, end;
	unsigned int		countdown;	/* 0: each of them, else until the one */
};

struct leaf_device {
	unsigned int		index;
	unsigned int		poll_queues;
	bool			hold;
	bool			instant;
	bool			failing;
	struct mutex		lock;		/* for queues and remove */
	spinlock_t		error_lock;
	struct leaf_error	error;
	struct xarray		store;		/* a page where something was written */
	struct blk_mq_tag_set	tag_set;
	struct request_queue	*queue;
	struct gendisk		*disk;		/* NULL once removed */
	struct leaf_queue	hw[LEAF_MAX_QUEUES];
};

struct leaf_cmd {
	struct list_head	node;
	bool			waits;		/* on leaf_queue->waiting */
	blk_status_t		status;
	ktime_t			due;
	struct hrtimer		timer;		/* of requests that are not polled */
};

static struct leaf_device **leaf_devices;
static struct dentry *leaf_dir;
static int leaf_major;

static void *leaf_page(struct leaf_device *dev, sector_t sector, bool make)
{
	unsigned long index = sector / LEAF_PAGE_SECTORS;
	void *page = xa_load(&dev->store, index);

	if (page || !make)
		return page;
	page = (void *)get_zeroed_page(GFP_ATOMIC);
	if (page && xa_err(__xa_store(&dev->store, index, page, GFP_ATOMIC))) {
		free_page((unsigned long)page);
		return NULL;
	}
	return page;
}

/* Between @data and the store. False if there is no memory for it. */
static bool leaf_copy(struct leaf_device *dev, sector_t sector, void *data,
		      unsigned int length, bool write)
{
	while (length) {
		unsigned int at = (sector % LEAF_PAGE_SECTORS) << SECTOR_SHIFT;
		unsigned int n = min_t(unsigned int, length, PAGE_SIZE - at);
		void *page = leaf_page(dev, sector, write);

		if (write && !page)
			return false;
		if (write)
			memcpy(page + at, data, n);
		else if (page)
			memcpy(data, page + at, n);
		else
			memset(data, 0, n);
		data += n;
		length -= n;
		sector += n >> SECTOR_SHIFT;
	}
	return true;
}

static blk_status_t leaf_transfer(struct leaf_device *dev, struct request *rq)
{
	sector_t sector = blk_rq_pos(rq);
	struct req_iterator iter;
	struct bio_vec bv;
	bool ok = true;

	if (req_op(rq) == REQ_OP_FLUSH)
		return BLK_STS_OK;
	if (req_op(rq) != REQ_OP_READ && req_op(rq) != REQ_OP_WRITE)
		return BLK_STS_NOTSUPP;
	xa_lock_bh(&dev->store);
	rq_for_each_segment(bv, rq, iter) {
		void *data = kmap_atomic(bv.bv_page);

		ok = ok && leaf_copy(dev, sector, data + bv.bv_offset, bv.bv_len,
				     op_is_write(req_op(rq)));
		kunmap_atomic(data);
		sector += bv.bv_len >> SECTOR_SHIFT;
	}
	xa_unlock_bh(&dev->store);
	return ok ? BLK_STS_OK : BLK_STS_RESOURCE;
}

/*
 * Data moves when the request completes, not before: whoever looks at it too
 * early sees that.
 */
static void leaf_end(struct leaf_cmd *cmd)
{
	struct request *rq = blk_mq_rq_from_pdu(cmd);

	if (!cmd->status)
		cmd->status = leaf_transfer(rq->q->queuedata, rq);
	else
		rq->rq_flags |= RQF_QUIET; /* as told; the log is for surprises */
	blk_mq_end_request(rq, cmd->status);
}

static enum hrtimer_restart leaf_timer(struct hrtimer *timer)
{
	leaf_end(container_of(timer, struct leaf_cmd, timer));
	return HRTIMER_NORESTART;
}

static blk_status_t leaf_error_of(struct leaf_device *dev, struct request *rq, bool reject)
{
	sector_t first = blk_rq_pos(rq), end = first + blk_rq_sectors(rq);
	struct leaf_error *error = &dev->error;
	blk_status_t status = BLK_STS_OK;

	spin_lock_bh(&dev->error_lock);
	if (error->err && error->reject == reject && first < error->end && end > error->first) {
		if (error->countdown <= 1)
			status = errno_to_blk_status(error->err);
		if (error->countdown && !--error->countdown)
			error->err = 0;
	}
	spin_unlock_bh(&dev->error_lock);
	return status;
}

/* False if the disk fails now. */
static bool leaf_park(struct leaf_device *dev, struct leaf_queue *hw, struct leaf_cmd *cmd)
{
	bool waits;

	spin_lock(&hw->lock);
	waits = !dev->failing;
	cmd->waits = waits;
	if (waits) {
		list_add_tail(&cmd->node, &hw->waiting);
		hw->nr_waiting++;
	}
	spin_unlock(&hw->lock);
	return waits;
}

static void leaf_unpark(struct leaf_queue *hw, struct leaf_cmd *cmd, struct list_head *to)
{
	cmd->waits = false;
	list_move_tail(&cmd->node, to);
	hw->nr_waiting--;
}

static int leaf_end_all(struct list_head *done)
{
	struct leaf_cmd *cmd, *next;
	int found = 0;

	list_for_each_entry_safe(cmd, next, done, node) {
		leaf_end(cmd);
		found++;
	}
	return found;
}

static blk_status_t leaf_queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *bd)
{
	struct leaf_device *dev = hctx->queue->queuedata;
	struct leaf_cmd *cmd = blk_mq_rq_to_pdu(bd->rq);
	ktime_t latency = ns_to_ktime((u64)latency_us * NSEC_PER_USEC);
	blk_status_t status = leaf_error_of(dev, bd->rq, true);

	if (status || READ_ONCE(dev->failing)) {
		bd->rq->rq_flags |= RQF_QUIET;
		return status ?: BLK_STS_IOERR;
	}
	blk_mq_start_request(bd->rq);
	cmd->status = leaf_error_of(dev, bd->rq, false);
	cmd->due = ktime_add(ktime_get(), latency);
	if (READ_ONCE(dev->instant))
		leaf_end(cmd);
	else if (hctx->type != HCTX_TYPE_POLL)
		hrtimer_start(&cmd->timer, latency, HRTIMER_MODE_REL_SOFT);
	else if (!leaf_park(dev, hctx->driver_data, cmd))
		return BLK_STS_IOERR;
	return BLK_STS_OK;
}

/* Called with @hw->lock held. */
static bool leaf_may_end(struct leaf_device *dev, struct leaf_queue *hw, struct leaf_cmd *cmd)
{
	if (ktime_after(cmd->due, ktime_get()))
		return false;
	if (!READ_ONCE(dev->hold))
		return true;
	if (!hw->released)
		return false;
	hw->released--;
	return true;
}

static int leaf_poll(struct blk_mq_hw_ctx *hctx)
{
	struct leaf_device *dev = hctx->queue->queuedata;
	struct leaf_queue *hw = hctx->driver_data;
	struct leaf_cmd *cmd, *next;
	LIST_HEAD(done);

	spin_lock(&hw->lock);
	hw->polls++;
	cpumask_set_cpu(smp_processor_id(), &hw->pollers);
	list_for_each_entry_safe(cmd, next, &hw->waiting, node) {
		if (!leaf_may_end(dev, hw, cmd))
			break;
		leaf_unpark(hw, cmd, &done);
	}
	if (!list_empty(&done))
		hw->hits++;
	spin_unlock(&hw->lock);
	return leaf_end_all(&done);
}

/*
 * Nobody polled. Held requests may wait for ever, others are a bug of whoever
 * submitted them, and are told; they end here, so that the test can.
 */
static enum blk_eh_timer_return leaf_timeout(struct request *rq, bool reserved)
{
	struct leaf_device *dev = rq->q->queuedata;
	struct leaf_queue *hw = rq->mq_hctx->driver_data;
	struct leaf_cmd *cmd = blk_mq_rq_to_pdu(rq);
	LIST_HEAD(done);

	if (rq->mq_hctx->type != HCTX_TYPE_POLL || READ_ONCE(dev->hold))
		return BLK_EH_RESET_TIMER;
	spin_lock(&hw->lock);
	if (cmd->waits)
		leaf_unpark(hw, cmd, &done);
	spin_unlock(&hw->lock);
	if (list_empty(&done)) /* about to end */
		return BLK_EH_RESET_TIMER;
	pr_warn("dmleaf%u: timeout, completion polled: nobody polled hw queue %u for sector %llu of op %u\n",
		dev->index, rq->mq_hctx->queue_num, (u64)blk_rq_pos(rq), req_op(rq));
	leaf_end_all(&done);
	return BLK_EH_DONE;
}

static int leaf_init_hctx(struct blk_mq_hw_ctx *hctx, void *data, unsigned int index)
{
	struct leaf_device *dev = data;

	hctx->driver_data = &dev->hw[index];
	return 0;
}

static int leaf_init_request(struct blk_mq_tag_set *set, struct request *rq,
			     unsigned int hctx_index, unsigned int numa_node)
{
	struct leaf_cmd *cmd = blk_mq_rq_to_pdu(rq);

	hrtimer_init(&cmd->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	cmd->timer.function = leaf_timer;
	return 0;
}

/*
 * One CPU uses hw queues of another number on each disk: a poller that takes
 * the number from one disk to the other finds nothing.
 */
static void leaf_map_type(struct leaf_device *dev, enum hctx_type type, unsigned int first,
			  unsigned int n)
{
	struct blk_mq_queue_map *map = &dev->tag_set.map[type];
	unsigned int cpu;

	map->queue_offset = first;
	map->nr_queues = n;
	for_each_possible_cpu(cpu)
		map->mq_map[cpu] = first + (n ? (cpu + dev->index) % n : 0);
}

static int leaf_map_queues(struct blk_mq_tag_set *set)
{
	struct leaf_device *dev = set->driver_data;

	leaf_map_type(dev, HCTX_TYPE_DEFAULT, 0, irq_queues);
	leaf_map_type(dev, HCTX_TYPE_READ, 0, 0);
	leaf_map_type(dev, HCTX_TYPE_POLL, irq_queues, dev->poll_queues);
	return 0;
}

static const struct blk_mq_ops leaf_mq_ops = {
	.queue_rq	= leaf_queue_rq,
	.poll		= leaf_poll,
	.timeout	= leaf_timeout,
	.init_hctx	= leaf_init_hctx,
	.init_request	= leaf_init_request,
	.map_queues	= leaf_map_queues,
};

static const struct block_device_operations leaf_fops = {
	.owner = THIS_MODULE,
};

static int leaf_show(struct seq_file *m, void *v)
{
	struct leaf_device *dev = m->private;
	unsigned int i;

	for (i = 0; i < irq_queues + dev->poll_queues; i++) {
		struct leaf_queue *hw = &dev->hw[i];

		spin_lock(&hw->lock);
		seq_printf(m, "hctx %u type %s waiting %u polls %lu hits %lu cpus %*pbl\n", i,
			   i < irq_queues ? "irq" : "poll", hw->nr_waiting, hw->polls, hw->hits,
			   cpumask_pr_args(&hw->pollers));
		spin_unlock(&hw->lock);
	}
	return 0;
}

static int leaf_open(struct inode *inode, struct file *file)
{
	return single_open(file, leaf_show, inode->i_private);
}

static int leaf_release(struct leaf_device *dev, unsigned int hctx, unsigned int n)
{
	struct leaf_queue *hw = &dev->hw[hctx];

	if (hctx < irq_queues || hctx >= irq_queues + dev->poll_queues)
		return -EINVAL;
	spin_lock(&hw->lock);
	hw->released += n;
	spin_unlock(&hw->lock);
	return 0;
}

static void leaf_fail(struct leaf_device *dev)
{
	unsigned int i;

	WRITE_ONCE(dev->failing, true);
	for (i = 0; i < LEAF_MAX_QUEUES; i++) {
		struct leaf_queue *hw = &dev->hw[i];
		struct leaf_cmd *cmd, *next;
		LIST_HEAD(done);

		spin_lock(&hw->lock);
		list_for_each_entry_safe(cmd, next, &hw->waiting, node) {
			cmd->status = BLK_STS_IOERR;
			leaf_unpark(hw, cmd, &done);
		}
		spin_unlock(&hw->lock);
		leaf_end_all(&done);
	}
}

static void leaf_set_error(struct leaf_device *dev, struct leaf_error error)
{
	spin_lock_bh(&dev->error_lock);
	dev->error = error;
	spin_unlock_bh(&dev->error_lock);
}

/* Waits for the IO in flight, polled too: its submitters have to poll. */
static int leaf_change_queues(struct leaf_device *dev, unsigned int n)
{
	if (irq_queues + n > LEAF_MAX_QUEUES)
		return -EINVAL;
	mutex_lock(&dev->lock);
	dev->poll_queues = n;
	if (dev->disk)
		blk_mq_update_nr_hw_queues(&dev->tag_set, irq_queues + n);
	mutex_unlock(&dev->lock);
	return 0;
}

/* Waits as leaf_change_queues() does. */
static void leaf_remove(struct leaf_device *dev)
{
	mutex_lock(&dev->lock);
	if (dev->disk) {
		del_gendisk(dev->disk);
		blk_cleanup_queue(dev->queue);
		put_disk(dev->disk);
		dev->disk = NULL;
	}
	mutex_unlock(&dev->lock);
}

static int leaf_command(struct leaf_device *dev, const char *text)
{
	unsigned long long sector, sectors;
	struct leaf_error error = {};
	unsigned int a, b;

	if (sscanf(text, "hold %u", &a) == 1) {
		WRITE_ONCE(dev->hold, a);
		return 0;
	}
	if (sscanf(text, "instant %u", &a) == 1) {
		WRITE_ONCE(dev->instant, a);
		return 0;
	}
	if (sscanf(text, "release %u %u", &a, &b) == 2)
		return leaf_release(dev, a, b);
	if (sscanf(text, "queues %u", &a) == 1)
		return leaf_change_queues(dev, a);
	error.reject = strstarts(text, "reject");
	if (sscanf(text, "%*s %u %llu %llu %u", &a, &sector, &sectors, &error.countdown) == 4 &&
	    (error.reject || strstarts(text, "error"))) {
		error.err = -a;
		error.first = sector;
		error.end = sector + sectors;
		leaf_set_error(dev, error);
		return 0;
	}
	if (sysfs_streq(text, "fail")) {
		leaf_fail(dev);
		return 0;
	}
	if (sysfs_streq(text, "remove")) {
		leaf_remove(dev);
		return 0;
	}
	return -EINVAL;
}

static ssize_t leaf_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	struct leaf_device *dev = file_inode(file)->i_private;
	char text[80];
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	text[count] = '\0';
	err = leaf_command(dev, text);
	return err ?: count;
}

static const struct file_operations leaf_debugfs_fops = {
	.owner		= THIS_MODULE,
	.open		= leaf_open,
	.read		= seq_read,
	.write		= leaf_write,
	.llseek		= seq_lseek,
	.release	= single_release,
};

static void leaf_free(struct leaf_device *dev)
{
	unsigned long index;
	void *page;

	xa_for_each(&dev->store, index, page)
		free_page((unsigned long)page);
	xa_destroy(&dev->store);
	kvfree(dev);
}

static struct leaf_device *leaf_alloc(unsigned int index)
{
	struct leaf_device *dev = kvzalloc(sizeof(*dev), GFP_KERNEL);
	unsigned int i;

	if (!dev)
		return NULL;
	dev->index = index;
	dev->poll_queues = poll_queues;
	mutex_init(&dev->lock);
	spin_lock_init(&dev->error_lock);
	xa_init_flags(&dev->store, XA_FLAGS_LOCK_BH);
	for (i = 0; i < LEAF_MAX_QUEUES; i++) {
		spin_lock_init(&dev->hw[i].lock);
		INIT_LIST_HEAD(&dev->hw[i].waiting);
	}
	return dev;
}

static int leaf_init_tag_set(struct leaf_device *dev)
{
	struct blk_mq_tag_set *set = &dev->tag_set;

	set->ops = &leaf_mq_ops;
	set->driver_data = dev;
	set->nr_maps = HCTX_MAX_TYPES;
	set->nr_hw_queues = irq_queues + poll_queues;
	set->queue_depth = depth;
	set->cmd_size = sizeof(struct leaf_cmd);
	set->numa_node = NUMA_NO_NODE;
	set->flags = BLK_MQ_F_SHOULD_MERGE;
	set->timeout = msecs_to_jiffies(timeout_ms);
	return blk_mq_alloc_tag_set(set);
}

static void leaf_set_limits(struct request_queue *q)
{
	if (max_sectors)
		blk_queue_max_hw_sectors(q, max_sectors);
	if (chunk_sectors)
		blk_queue_chunk_sectors(q, chunk_sectors);
	if (!nowait)
		blk_queue_flag_clear(QUEUE_FLAG_NOWAIT, q);
	blk_queue_flag_set(QUEUE_FLAG_NONROT, q);
	blk_queue_flag_clear(QUEUE_FLAG_ADD_RANDOM, q);
	blk_queue_write_cache(q, write_cache, fua);
}

static int leaf_add_disk(struct leaf_device *dev)
{
	struct gendisk *disk = alloc_disk(LEAF_MINORS);

	if (!disk)
		return -ENOMEM;
	dev->queue = blk_mq_init_queue_data(&dev->tag_set, dev);
	if (IS_ERR(dev->queue)) {
		put_disk(disk);
		return PTR_ERR(dev->queue);
	}
	leaf_set_limits(dev->queue);
	disk->major = leaf_major;
	disk->first_minor = dev->index * LEAF_MINORS;
	disk->fops = &leaf_fops;
	disk->queue = dev->queue;
	snprintf(disk->disk_name, DISK_NAME_LEN, "dmleaf%u", dev->index);
	set_capacity(disk, (sector_t)size_mb << (20 - SECTOR_SHIFT));
	dev->disk = disk;
	add_disk(disk);
	debugfs_create_file(disk->disk_name, 0600, leaf_dir, dev, &leaf_debugfs_fops);
	return 0;
}

static struct leaf_device *leaf_create(unsigned int index)
{
	struct leaf_device *dev = leaf_alloc(index);
	int err;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	err = leaf_init_tag_set(dev);
	if (err)
		goto free;
	err = leaf_add_disk(dev);
	if (err)
		goto free_tags;
	return dev;

free_tags:
	blk_mq_free_tag_set(&dev->tag_set);
free:
	leaf_free(dev);
	return ERR_PTR(err);
}

static void leaf_destroy(struct leaf_device *dev)
{
	leaf_fail(dev);
	leaf_remove(dev);
	blk_mq_free_tag_set(&dev->tag_set);
	leaf_free(dev);
}

static void leaf_exit(void)
{
	unsigned int i;

	debugfs_remove_recursive(leaf_dir); /* waits for commands under way */
	for (i = 0; i < devices && leaf_devices[i]; i++)
		leaf_destroy(leaf_devices[i]);
	kfree(leaf_devices);
	unregister_blkdev(leaf_major, "dmleaf");
}

static int __init leaf_init(void)
{
	unsigned int i;

	if (!devices || !irq_queues || irq_queues + poll_queues > LEAF_MAX_QUEUES)
		return -EINVAL;
	leaf_major = register_blkdev(0, "dmleaf");
	if (leaf_major < 0)
		return leaf_major;
	leaf_dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	leaf_devices = kcalloc(devices, sizeof(*leaf_devices), GFP_KERNEL);
	for (i = 0; leaf_devices && i < devices; i++) {
		struct leaf_device *dev = leaf_create(i);

		if (IS_ERR(dev)) {
			leaf_exit();
			return PTR_ERR(dev);
		}
		leaf_devices[i] = dev;
	}
	return leaf_devices ? 0 : -ENOMEM;
}

module_init(leaf_init);
module_exit(leaf_exit);
MODULE_DESCRIPTION("Disk in memory for tests of IO polling");
MODULE_LICENSE("GPL");
