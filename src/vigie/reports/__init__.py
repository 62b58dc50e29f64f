"""Reports: an edition's figures as documents people take into a meeting (PDF, XLSX)."""
