/* A disk that forgets what was not synced: each fsync copies the file as it is into the image, and nothing else gets
   there. At the n-th one the power goes. Built and used by power_loss.py. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static int count = 0;

static void make_folders(char *path) {
    for (char *at = path + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
}

static void copy(const char *from, char *to) {
    char block[65536];
    ssize_t got;
    make_folders(to);
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    while (in >= 0 && out >= 0 && (got = read(in, block, sizeof block)) > 0)
        if (write(out, block, got) != got)
            break;
    if (in >= 0) close(in);
    if (out >= 0) close(out);
}

/* Names are durable with their folder: what is gone from it is gone, and a renamed file has its new name. */
static void copy_names(const char *folder, const char *image) {
    char there[PATH_MAX], here[PATH_MAX];
    struct dirent *entry;
    struct stat found;
    DIR *open_folder = opendir(image);
    while (open_folder && (entry = readdir(open_folder))) {
        snprintf(there, sizeof there, "%s/%s", folder, entry->d_name);
        snprintf(here, sizeof here, "%s/%s", image, entry->d_name);
        if (lstat(there, &found) && entry->d_name[0] != '.')
            unlink(here);
    }
    if (open_folder) closedir(open_folder);
    open_folder = opendir(folder);
    while (open_folder && (entry = readdir(open_folder))) {
        char part[PATH_MAX];
        snprintf(here, sizeof here, "%s/%s", image, entry->d_name);
        snprintf(part, sizeof part, "%s/.%s.part", image, entry->d_name);
        if (lstat(part, &found) == 0)
            rename(part, here);
    }
    if (open_folder) closedir(open_folder);
}

static int synced(int fd) {
    const char *root = getenv("POWER_ROOT"), *image = getenv("POWER_IMAGE"), *cut = getenv("POWER_CUT");
    char link[64], path[PATH_MAX], to[PATH_MAX];
    struct stat found;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!root || !image || length < 0)
        return 0;
    path[length] = 0;
    if (strncmp(path, root, strlen(root)))
        return 0;
    pthread_mutex_lock(&one);
    snprintf(to, sizeof to, "%s%s", image, path + strlen(root));
    if (fstat(fd, &found) == 0 && S_ISDIR(found.st_mode))
        copy_names(path, to);
    else
        copy(path, to);
    count++;
    if (cut && atoi(cut) == count)
        kill(getpid(), SIGKILL);
    pthread_mutex_unlock(&one);
    return 0;
}

int fsync(int fd) { return synced(fd); }
int fdatasync(int fd) { return synced(fd); }

__attribute__((destructor)) static void tell(void) {
    const char *told = getenv("POWER_COUNT");
    FILE *file = told ? fopen(told, "w") : NULL;
    if (file) {
        fprintf(file, "%d\n", count);
        fclose(file);
    }
}
