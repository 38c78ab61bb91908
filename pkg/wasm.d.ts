/** The address of a bundle's `.wasm`, where the bundler is told to make files of such imports (esbuild: `--loader:.wasm=file`). */
declare const url: string;
export default url;
