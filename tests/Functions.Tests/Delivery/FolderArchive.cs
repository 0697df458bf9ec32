using System.Formats.Tar;

namespace McpFunctions.Functions.Tests.Delivery;

/// <summary>A folder as it was.</summary>
internal static class FolderArchive
{
    public static byte[] Pack(string folder)
    {
        using var archive = new MemoryStream();
        TarFile.CreateFromDirectory(folder, archive, includeBaseDirectory: false);
        return archive.ToArray();
    }

    public static void Unpack(byte[] archive, string folder)
    {
        Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        using var stream = new MemoryStream(archive);
        TarFile.ExtractToDirectory(stream, folder, overwriteFiles: true);
    }
}
