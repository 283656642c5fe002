"""Events of OpenLineage: that a run or a sync began and ended, with the tables and columns that it read and wrote."""
