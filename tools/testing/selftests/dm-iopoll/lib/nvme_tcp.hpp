// SPDX-License-Identifier: GPL-2.0
// A block device served over NVMe/TCP on the loopback interface of this machine,
// and connections to it.
#pragma once

#include <string>

namespace dmpoll
{

// Empty, or the option or device that is missing.
std::string missing_for_nvme_tcp();

// Serves @path on so many ports for as long as it lives. One at a time on a machine.
class nvme_tcp_target
{
public:
	explicit nvme_tcp_target(const std::string &path, unsigned ports = 1);
	nvme_tcp_target(const nvme_tcp_target &) = delete;
	nvme_tcp_target &operator=(const nvme_tcp_target &) = delete;
	~nvme_tcp_target();

	// Ends all connections by that port, and takes no new ones.
	void cut(unsigned port) const;
	void mend(unsigned port) const;
	// What that port says of its way to the disk (ANA): "optimized", "inaccessible", ...
	void set_access(unsigned port, const std::string &state) const;

private:
	void make(const std::string &path);
	void remove() noexcept;

	unsigned ports_;
};

// A connection to that target. Nothing may use its disk when it goes.
class nvme_tcp_host
{
public:
	explicit nvme_tcp_host(unsigned poll_queues, unsigned port = 0);
	nvme_tcp_host(const nvme_tcp_host &) = delete;
	nvme_tcp_host &operator=(const nvme_tcp_host &) = delete;
	~nvme_tcp_host();

	// Kernel name of the disk; "nvme2n1".
	const std::string &disk() const { return disk_; }
	// Whether the disk is the head of a multipath device, and no controller's own.
	bool is_multipath() const;
	void reset() const;
	// Of the connection; "live", "connecting", ...
	std::string state() const;
	// What its port said last; of a multipath device.
	std::string access() const;

private:
	std::string controller_; // in sysfs
	std::string disk_;
};

} // namespace dmpoll
