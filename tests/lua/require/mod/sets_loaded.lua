-- Helper module: stores its value in package.loaded by itself.
package.loaded[...] = { by = "module itself" }
