// SPDX-License-Identifier: Apache-2.0
// Makes vfio-pci refuse one device: `insmod refuse.ko device=0000:01:00.1`, with vfio-pci loaded. Its probe returns -EIO for that
// device without having been run, so that nothing is half done (Documentation/trace/kprobes.rst: a handler that changes the
// instruction pointer returns 1, and has a post handler, or the probe may be optimized). For x86 only.
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pci.h>

static char *device = "";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "the address of the PCI function that vfio-pci shall not get");

asmlinkage void refuse_return(void);
asm(".text\n"
    ".type refuse_return, @function\n"
    "refuse_return:\n"
    ANNOTATE_NOENDBR
    ASM_RET
    ".size refuse_return, .-refuse_return\n");

static int refuse_before(struct kprobe *probe, struct pt_regs *regs)
{
	struct pci_dev *asked = (struct pci_dev *)regs_get_kernel_argument(regs, 0);

	if (strcmp(pci_name(asked), device) != 0)
		return 0;
	pci_info(asked, "vfio-pci shall not have it\n");
	regs_set_return_value(regs, -EIO);
	regs->ip = (unsigned long)refuse_return;
	return 1;
}
NOKPROBE_SYMBOL(refuse_before);

static void refuse_after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}
NOKPROBE_SYMBOL(refuse_after);

static struct kprobe probe = {
	.symbol_name = "vfio_pci_probe",
	.pre_handler = refuse_before,
	.post_handler = refuse_after,
};

static int __init refuse_init(void)
{
	return register_kprobe(&probe);
}

static void __exit refuse_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(refuse_init);
module_exit(refuse_exit);
MODULE_DESCRIPTION("makes vfio-pci refuse one device");
/* Nothing but the kernel's GPL interface has kprobes. */
MODULE_LICENSE("GPL");
