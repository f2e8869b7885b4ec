"""Applications for destruction (销毁审批): which goods, by which method, and who agreed to exactly that."""
