// SPDX-License-Identifier: GPL-2.0
// NVMe controllers, disturbed through sysfs.
#pragma once

#include <optional>
#include <string>

namespace dmpoll
{

class nvme_controller
{
public:
	// Of the disk or partition with this kernel name; nullopt when it is not on
	// PCI, or belongs to a multipath device and not to one controller.
	static std::optional<nvme_controller> of(const std::string &disk);

	const std::string &name() const { return name_; } // "nvme0"
	void reset() const;  // returns when it works again; throws when it does not
	void scan() const;   // asks for a look at its namespaces, and does not wait for it
	void remove() const; // takes the PCI device away, whoever uses it

private:
	nvme_controller() = default;

	std::string name_;
	std::string path_; // in sysfs
};

// Looks for PCI devices that are there and not in use, such as removed ones.
void rescan_pci();

// nvme.poll_queues, which a controller looks at when it is reset. What it was
// comes back when this goes, with one more reset.
class poll_queues_setting
{
public:
	explicit poll_queues_setting(const nvme_controller &controller);
	poll_queues_setting(const poll_queues_setting &) = delete;
	poll_queues_setting &operator=(const poll_queues_setting &) = delete;
	~poll_queues_setting();

	void set(unsigned count);

private:
	nvme_controller controller_;
	std::string before_;
};

} // namespace dmpoll
