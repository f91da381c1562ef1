"""Which product is it? Names explain a cause and choose its remedies; no verdict rests on one.

signals       whether a signal of a product is in an answer or in a certificate's names
naming        the product behind one cause
pages         pages that a proxy writes itself
recognition   all products that showed themselves in a run

A product is data: to add one, write a file in fixtures/products.
"""
