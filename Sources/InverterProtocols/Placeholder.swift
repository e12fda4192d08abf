// InverterProtocols
