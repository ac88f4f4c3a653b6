/** Reads arrays that other programs saved: {@code .npy} and {@code .npz} of NumPy. */
package dev.collapsemonitor.trainer.arrays;
