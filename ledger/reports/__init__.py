"""Reports: of an event, from its sealed content alone; the store ledger of a period as workbook and paper."""
