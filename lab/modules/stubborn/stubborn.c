// SPDX-License-Identifier: Apache-2.0
// A PCI driver that does not let its device go: unbinding waits, uninterruptibly, as drivers do whose users hold
// references. `echo N > /sys/module/stubborn/parameters/hold` lets it go on. There is no module alias, so that nothing
// loads it by itself.
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/wait.h>

static bool hold = true;
static DECLARE_WAIT_QUEUE_HEAD(released);

static int set_hold(const char *text, const struct kernel_param *param)
{
	int error = param_set_bool(text, param);

	wake_up_all(&released);
	return error;
}

static const struct kernel_param_ops hold_ops = {
	.set = set_hold,
	.get = param_get_bool,
};
module_param_cb(hold, &hold_ops, &hold, 0644);
MODULE_PARM_DESC(hold, "unbinding waits while this is set");

static int stubborn_probe(struct pci_dev *device, const struct pci_device_id *id)
{
	pci_info(device, "bound, will not go\n");
	return pcim_enable_device(device);
}

static void stubborn_remove(struct pci_dev *device)
{
	pci_info(device, "asked to go\n");
	wait_event(released, !READ_ONCE(hold));
	pci_info(device, "gone\n");
}

static const struct pci_device_id stubborn_ids[] = {
	{ PCI_DEVICE(0x1234, 0x1111) },
	{ }
};

static struct pci_driver stubborn_driver = {
	.name = "stubborn",
	.id_table = stubborn_ids,
	.probe = stubborn_probe,
	.remove = stubborn_remove,
};
module_pci_driver(stubborn_driver);

MODULE_DESCRIPTION("does not let its PCI device go until told so");
/* Nothing but the kernel's GPL interface has wait queues and PCI drivers. */
MODULE_LICENSE("GPL");
