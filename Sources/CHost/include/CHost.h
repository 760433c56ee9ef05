// System calls that Swift's importer cannot see.
#ifndef HEADGATE_CHOST_H
#define HEADGATE_CHOST_H
#endif
